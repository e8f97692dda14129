// What enters a path leaves it: requests, children and bytes, whatever is split on the way.
#include <gtest/gtest.h>

#include <map>

#include "model/core/random.hpp"
#include "model/core/test/stages.hpp"

namespace blkpath {
namespace {

using namespace test;

constexpr std::int64_t kChunk = 64 << 10;

/// Cuts requests at multiples of 64 KiB and deals the chunks out to the stages below.
struct Striper : Stage {
  void submit(Slot s) override {
    std::int64_t from = sim()[s].offset;
    const std::int64_t end = from + sim()[s].length;
    while (from < end) {
      const std::int64_t to = std::min(end, (from / kChunk + 1) * kChunk);
      const Slot child = sim().split(s, *this, sim()[s].op, from, static_cast<std::uint32_t>(to - from));
      ++children;
      sim().down(child, below(static_cast<std::size_t>(from / kChunk) % next().size()));
      from = to;
    }
  }
  void on_event(Slot) override {}
  void complete(Slot child) override {
    if (const Slot parent = sim().join(child); parent != kNoSlot) sim().up(parent);
  }
  std::int64_t children = 0;
};

/// Notes how often each byte range was asked for.
struct Disk : Hold {
  using Hold::Hold;
  void submit(Slot s) override {
    const Request& r = sim()[s];
    bytes += r.length;
    by_origin[r.origin] += r.length;
    EXPECT_EQ(r.offset / kChunk, (r.offset + r.length - 1) / kChunk);
    Hold::submit(s);
  }
  std::int64_t bytes = 0;
  std::map<std::int64_t, std::int64_t> by_origin;
};

struct Job : Root {
  void start() override { sim().schedule(sim().timer(*this), at(1us)); }
  void on_event(Slot timer) override {
    const auto length = static_cast<std::uint32_t>(512 * (1 + random.below(2000)));
    const auto offset = static_cast<std::int64_t>(512 * random.below(1 << 30));
    asked[offset] += length;
    bytes += length;
    ++opened;
    launch(length, offset);
    if (opened < 10'000) sim().schedule(timer, sim().now() + random.exponential(50us));
  }
  void complete(Slot s) override {
    completed_bytes += sim()[s].length;
    EXPECT_EQ(sim()[s].children, 0u);
    Root::complete(s);
  }
  Random random{1, "job"};
  std::map<std::int64_t, std::int64_t> asked;
  std::int64_t bytes = 0, completed_bytes = 0;
  std::size_t opened = 0;
};

TEST(Conservation, RequestsAndBytesInAreRequestsAndBytesOut) {
  Sim sim(1);
  Job* const job = add<Job>(sim, "job");
  Striper* const striper = add<Striper>(sim, "striper");
  std::vector<Disk*> disks;
  sim.connect(job->id(), striper->id());
  for (const Time t : {Time{300us}, Time{500us}, Time{700us}}) {
    disks.push_back(add<Disk>(sim, "disk" + std::to_string(disks.size()), t));
    sim.connect(striper->id(), disks.back()->id());
  }
  sim.start();
  sim.run_until(Instant::max());

  EXPECT_EQ(job->done.size(), job->opened);
  EXPECT_EQ(job->completed_bytes, job->bytes);
  EXPECT_EQ(striper->visits(), static_cast<std::int64_t>(job->opened));
  std::int64_t bytes = 0, visits = 0;
  std::map<std::int64_t, std::int64_t> served;
  for (const Disk* const disk : disks) {
    bytes += disk->bytes;
    visits += disk->visits();
    for (const auto& [origin, n] : disk->by_origin) served[origin] += n;
  }
  EXPECT_EQ(bytes, job->bytes);
  EXPECT_EQ(visits, striper->children);
  EXPECT_EQ(served, job->asked);
  EXPECT_EQ(sim.open_requests(), 0u);
  EXPECT_TRUE(sim.idle());
}

}  // namespace
}  // namespace blkpath
