#include "hw/link_profile.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace blkpath {
namespace {

constexpr Instant at(Time t) { return Instant{t}; }
constexpr Instant kNever = LinkProfile::kNever;

void expect_span(const LinkProfile::Span& span, Instant begin, Instant end, double value) {
  EXPECT_EQ(span.begin, begin);
  EXPECT_EQ(span.end, end);
  EXPECT_EQ(span.value, value);
}
std::string fault(const std::string& text) {
  try {
    LinkProfile::read(text);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(LinkProfile, AValueHoldsFromItsDateOn) {
  const LinkProfile profile = LinkProfile::read("# a comment\n% another\n\n1 0.5\r\n3 0 # down\n");
  expect_span(profile.at(at(0s)), at(0s), at(1s), 1);
  expect_span(profile.at(at(1s - 1ns)), at(0s), at(1s), 1);
  expect_span(profile.at(at(1s)), at(1s), at(3s), 0.5);
  expect_span(profile.at(at(100s)), at(3s), kNever, 0);
}

TEST(LinkProfile, APeriodBeginsItAnew) {
  const LinkProfile profile = LinkProfile::read("1 0\n3 1\nPERIODICITY 10");
  expect_span(profile.at(at(10s)), at(3s), at(11s), 1);
  expect_span(profile.at(at(11s)), at(11s), at(13s), 0);
  expect_span(profile.at(at(22s)), at(21s), at(23s), 0);
}

TEST(LinkProfile, LoopAfterCountsFromTheLastDate) {
  const LinkProfile profile = LinkProfile::read("1 0\n3 1\nLOOPAFTER 10");
  expect_span(profile.at(at(14s)), at(14s), at(16s), 0);
}

TEST(LinkProfile, OfOneDateTheLastValueCounts) {
  const LinkProfile profile = LinkProfile::read("0 0.5\n3 1\n3 0.25\nLOOPAFTER 2");
  expect_span(profile.at(at(4s)), at(3s), at(5s), 0.25);
  expect_span(profile.at(at(5s)), at(5s), at(8s), 0.5);
}

TEST(LinkProfile, AnOutageIsTheWholeTimeThatALinkIsDown) {
  const LinkProfile profile = LinkProfile::read("2 0\n3 0\n4 1\n8 0\nPERIODICITY 10");
  expect_span(profile.outage_after(at(0s)), at(2s), at(4s), 0);
  expect_span(profile.outage_after(at(4s - 1ns)), at(2s), at(4s), 0);
  expect_span(profile.outage_after(at(4s)), at(8s), at(14s), 0);  // on into the next round
  expect_span(profile.outage_after(at(13s)), at(8s), at(14s), 0);
}

TEST(LinkProfile, AnOutageMayNeverBeginOrNeverEnd) {
  EXPECT_EQ(LinkProfile::read("2 1\n3 0.5\nPERIODICITY 10").outage_after(at(0s)).begin, kNever);
  EXPECT_EQ(LinkProfile().outage_after(at(0s)).begin, kNever);
  expect_span(LinkProfile::read("2 0").outage_after(at(5s)), at(2s), kNever, 0);
  EXPECT_EQ(LinkProfile::read("0 0\n2 0\nPERIODICITY 3").outage_after(at(50s)).end, kNever);
}

// One second at 1, two at 0.5, the rest at 0.25.
TEST(LinkProfile, WorkTakesAsLongAsTheValueSays) {
  const LinkProfile profile = LinkProfile::read("1 0.5\n3 0.25");
  EXPECT_EQ(profile.finish(at(0s), 1s), at(1s));
  EXPECT_EQ(profile.finish(at(0s), 2s), at(3s));
  EXPECT_EQ(profile.finish(at(500ms), 2s), at(5s));
  EXPECT_EQ(profile.finish(at(4s), 1ns), at(4s + 4ns));
  EXPECT_EQ(LinkProfile().finish(at(4s), 1s), at(5s));
  EXPECT_LT(LinkProfile::read("0 1e-9").finish(at(1s), 4s), LinkProfile::kFarAway);
  EXPECT_EQ(LinkProfile::read("0 1e-9").finish(at(1s), 10s), LinkProfile::kFarAway);
  EXPECT_EQ(LinkProfile::read("0 1e-300").finish(at(1s), 1s), LinkProfile::kFarAway);
}

TEST(LinkProfile, ABandwidthMayBeAFractionOrBytesPerSecond) {
  const LinkProfile profile = LinkProfile::read("1 1e8\n2 0.25").fractions_of(200_MBps);
  EXPECT_EQ(profile.at(at(1s)).value, 0.5);
  EXPECT_EQ(profile.at(at(2s)).value, 0.25);
}

TEST(LinkProfile, WhatCannotBeReadIsSaidWithItsLine) {
  EXPECT_EQ(fault("1 0\n2\n"),
            "line 2 of the profile: '2' is not a date in seconds and a value, for example "
            "'10.5 0'");
  EXPECT_NE(fault("1 0\n0.5 1").find("line 2"), std::string::npos);
  EXPECT_NE(fault("1 -1").find("'-1' is not a number from 0 up"), std::string::npos);
  EXPECT_NE(fault("1 off").find("'off'"), std::string::npos);
  EXPECT_NE(fault("5 0\nPERIODICITY 3").find("5s"), std::string::npos);
  EXPECT_NE(fault("0 0\nPERIODICITY 0").find("LOOPAFTER 60"), std::string::npos);
  EXPECT_NE(fault("5 0\nPERIODICITY 30\nLOOPAFTER 2").find("line 3"), std::string::npos);
  EXPECT_NE(fault("STOCHASTIC\nEXP 10 DET 0").find("line 1"), std::string::npos);
  EXPECT_NE(fault("# nothing").find("needs lines"), std::string::npos);
  EXPECT_NE(fault("1e12 0").find("thirty years"), std::string::npos);
}

TEST(LinkProfile, AFileStandsBesideTheOneThatNamesIt) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "blkpath_link_profile_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "good.profile") << "1 0\n";
  std::ofstream(folder / "bad.profile") << "1 0\noops\n";
  const auto parse = [&](const std::string& text) {
    ConfigValue value;
    value.text = text;
    value.place = {(folder / "scenario.yaml").string(), 7};
    return LinkProfile::parse(value);
  };
  EXPECT_EQ(parse("good.profile").at(at(1s)).value, 0);
  EXPECT_EQ(parse("1 0").at(at(1s)).value, 0);
  try {
    parse("bad.profile");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("bad.profile:2"), std::string::npos) << e.what();
  }
  EXPECT_THROW(parse("none.profile"), std::invalid_argument);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace blkpath
