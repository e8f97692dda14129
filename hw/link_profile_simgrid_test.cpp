// A SimGrid link changes at the dates that LinkProfile reads from the same text.
#include <simgrid/kernel/ProfileBuilder.hpp>

#include <string>
#include <utility>
#include <vector>

#include "hw/link_profile.hpp"
#include "model/core/test/simgrid_world.hpp"

namespace blkpath::test {
namespace {

using simgrid::kernel::profile::ProfileBuilder;
using Change = std::pair<Time, double>;

constexpr Time kEnd = 40s;

/// A link of 200 MB/s under an actor that sleeps until kEnd.
struct Cable {
  explicit Cable(const std::function<void(sg::Link*)>& set_profile) {
    auto* const zone = sg::create_full_zone("zone");
    auto* const host = zone->create_host("host", 1e9)->seal();
    sg::Link* const link = zone->create_link("link", 200e6);
    set_profile(link);
    link->seal();
    zone->seal();
    sg::Actor::create("sleeper", host, [] { sg::this_actor::sleep_for(seconds(kEnd)); });
  }
  sg::Engine engine = make_engine();
};

/// What LinkProfile says until kEnd.
std::vector<Change> changes(const std::string& text) {
  const LinkProfile profile = LinkProfile::read(text);
  std::vector<Change> all;
  LinkProfile::Span span = profile.at(Instant{});
  if (span.value != 1) all.emplace_back(Time{0}, span.value);
  while (span.end < Instant{kEnd}) {
    span = profile.at(span.end);
    all.emplace_back(span.begin.time_since_epoch(), span.value);
  }
  return all;
}

const std::vector<std::string> kStates{"# once\n2 0\n5.5 1\n", "1 0\n3 1\nPERIODICITY 10\n",
                                       "LOOPAFTER 3\n% comment\n0.25 0\n4 1\n", "7 0"};

TEST(LinkProfileAndSimGrid, ALinkGoesDownAndUpAtTheSameDates) {
  for (const std::string& text : kStates)
    in_child([&] {
      Cable cable(
          [&](sg::Link* link) { link->set_state_profile(ProfileBuilder::from_string("p", text, -1)); });
      std::vector<Change> seen;
      sg::Link::on_state_change_cb([&](const sg::Link& link) {
        if (clock_now() < kEnd) seen.emplace_back(clock_now(), link.is_on() ? 1 : 0);
      });
      cable.engine.run();
      EXPECT_EQ(seen, changes(text)) << text;
    });
}

TEST(LinkProfileAndSimGrid, ALinkSlowsDownAtTheSameDates) {
  for (const std::string text : {"1 1e8\n3.5 5e7\nPERIODICITY 8", "2 1e8\n5 2e8\nLOOPAFTER 2.5"})
    in_child([&] {
      Cable cable(
          [&](sg::Link* link) { link->set_bandwidth_profile(ProfileBuilder::from_string("p", text, -1)); });
      std::vector<Change> seen;
      sg::Link::on_bandwidth_change_cb([&](const sg::Link& link) {
        if (clock_now() < kEnd) seen.emplace_back(clock_now(), link.get_bandwidth());
      });
      cable.engine.run();
      EXPECT_EQ(seen, changes(text)) << text;
    });
}

}  // namespace
}  // namespace blkpath::test
