#include "traces/trace_stats.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

IoRecord io(Time issued, std::int64_t offset, std::uint32_t length, Op op = Op::read,
            std::uint32_t device = 0) {
  IoRecord r;
  r.issued = issued;
  r.offset = offset;
  r.length = length;
  r.op = op;
  r.device = device;
  return r;
}

std::unique_ptr<TraceStats> stats_of(const std::vector<IoRecord>& records) {
  auto stats = std::make_unique<TraceStats>();
  stats->add(records);
  stats->finish();
  return stats;
}

TEST(TraceStats, ATraceWithoutRecordsHasNone) {
  const auto s = stats_of({});
  EXPECT_EQ(s->count(), 0);
  EXPECT_EQ(s->duration(), 0ns);
  EXPECT_EQ(s->jobs(), 0u);
}

TEST(TraceStats, SizesByOp) {
  const auto s = stats_of({io(0us, 0, 4096), io(1us, 0, 512), io(2us, 0, 4096), io(3us, 0, 1000, Op::write),
                           io(4us, IoRecord::kNoOffset, 0, Op::flush)});
  EXPECT_EQ(s->count(), 5);
  EXPECT_EQ(s->duration(), 4us);
  const OpStats& reads = s->op(Op::read);
  EXPECT_EQ(reads.count, 3);
  EXPECT_EQ(reads.bytes, 8704);
  EXPECT_EQ(reads.min_size, 512u);
  EXPECT_EQ(reads.max_size, 4096u);
  const auto sizes = reads.sizes.by_count();
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_EQ(sizes[0].size, 4096u);
  EXPECT_EQ(sizes[0].count, 2);
  EXPECT_EQ(s->op(Op::write).sizes.by_count()[0].size, 1000u);
  EXPECT_EQ(s->addressed(), 4);
  EXPECT_EQ(s->aligned(), 2);
}

TEST(TraceStats, OddSizesAreBounded) {
  SizeCounts counts;
  for (std::uint32_t i = 0; i < SizeCounts::kOddSizes + 3; ++i) counts.add(2 * i + 1);
  EXPECT_EQ(counts.by_count().size(), SizeCounts::kOddSizes);
  EXPECT_EQ(counts.other(), 3);
}

TEST(TraceStats, SequentialIsPerDevice) {
  const auto s = stats_of({io(0us, 0, 4096), io(1us, 4096, 4096), io(2us, 8192, 4096, Op::read, 1),
                           io(3us, 8192, 4096), io(4us, 12288, 4096, Op::read, 1), io(5us, 100, 10)});
  EXPECT_EQ(s->sequential(), 3);
  ASSERT_EQ(s->devices().all().size(), 2u);
  EXPECT_EQ(s->devices().all()[0].high, 12288);
  EXPECT_EQ(s->devices().all()[1].low, 8192);
}

TEST(TraceStats, InterleavedStreamsAreSeenUpToTheirNumber) {
  const auto interleaved = [](std::int64_t streams) {
    std::vector<IoRecord> all;
    for (std::int64_t i = 0; i < 10; ++i)
      for (std::int64_t stream = 0; stream < streams; ++stream)
        all.push_back(io(Time{i}, (stream << 30) + i * 4096, 4096));
    return stats_of(all);
  };
  const auto as_many = interleaved(DeviceStats::kStreams), too_many = interleaved(DeviceStats::kStreams + 1);
  EXPECT_EQ(as_many->sequential(), 0);
  EXPECT_EQ(as_many->in_streams(), 9 * static_cast<std::int64_t>(DeviceStats::kStreams));
  EXPECT_EQ(too_many->in_streams(), 0);
}

TEST(TraceStats, AReplayHasSlatClatAndLateness) {
  IoRecord r = io(10us, 0, 4096);
  r.intended = 7us;
  r.submitted = 12us;
  r.completed = 40us;
  r.reaped = 50us;
  IoRecord synchronous = r;
  synchronous.submitted = IoRecord::kUnknown;
  synchronous.intended = 11us;
  const auto s = stats_of({r, synchronous});
  const OpStats& o = s->op(Op::read);
  EXPECT_EQ(o.slat.count(), 1);
  EXPECT_EQ(o.slat.max(), 2us);
  EXPECT_EQ(o.clat.min(), 38us);
  EXPECT_EQ(o.clat.max(), 40us);
  EXPECT_EQ(o.total.mean_ns(), 40'000);
  EXPECT_EQ(s->lateness().late.max(), 3us);
  EXPECT_EQ(s->lateness().early, 1);
  EXPECT_EQ(s->phases().q2c.count(), 0);
}

TEST(TraceStats, ABlockTraceHasPhases) {
  IoRecord r = io(0us, 0, 4096, Op::write);
  r.allocated = 1us;
  r.inserted = 3us;
  r.submitted = 6us;
  r.completed = 10us;
  const auto s = stats_of({r});
  EXPECT_EQ(s->phases().q2g.max(), 1us);
  EXPECT_EQ(s->phases().g2i.max(), 2us);
  EXPECT_EQ(s->phases().i2d.max(), 3us);
  EXPECT_EQ(s->phases().d2c.max(), 4us);
  EXPECT_EQ(s->phases().q2c.max(), 10us);
  EXPECT_EQ(s->op(Op::write).slat.count(), 0);
}

TEST(TraceStats, ResultsAndTimesThatCannotBe) {
  std::vector<IoRecord> all(5, io(5us, 0, 4096));
  all[0].result = -EIO;
  all[1].result = -EIO;
  all[2].result = 512;
  all[3].result = 4096;
  all[4].completed = 4us;
  all[4].job = 3;
  const auto s = stats_of(all);
  EXPECT_THAT(s->failures(), ElementsAre(Pair(EIO, 2)));
  EXPECT_EQ(s->short_ios(), 1);
  EXPECT_EQ(s->negative(), 1);
  EXPECT_EQ(s->completed(), 1);
  EXPECT_EQ(s->jobs(), 2u);
  EXPECT_EQ(s->op(Op::read).total.count(), 0);
}

TEST(TraceStats, DoesNotDependOnTheBatches) {
  std::vector<IoRecord> all;
  for (int i = 0; i < 100; ++i) all.push_back(io(Time{i * 7919 % 100}, (i * 37 % 50) * 4096, 4096));
  const auto whole = stats_of(all);
  TraceStats one_by_one;
  for (const IoRecord& r : all) one_by_one.add({&r, 1});
  one_by_one.finish();
  EXPECT_EQ(whole->sequential(), one_by_one.sequential());
  EXPECT_EQ(whole->working_set().summary().touched.blocks, 50);
  EXPECT_EQ(one_by_one.working_set().summary().touched.blocks, 50);
  EXPECT_EQ(whole->arrivals().gaps().sum_ns(), one_by_one.arrivals().gaps().sum_ns());
}

}  // namespace
}  // namespace blkpath
