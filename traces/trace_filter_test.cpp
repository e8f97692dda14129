#include "traces/trace_filter.hpp"

#include <gmock/gmock.h>

#include <cerrno>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;

IoRecord io(std::int64_t offset, std::uint32_t length) {
  IoRecord r;
  r.issued = 10us;
  r.offset = offset;
  r.length = length;
  return r;
}

TEST(TraceFilter, WithoutConditionsKeepsAll) {
  EXPECT_TRUE(TraceFilter{}.keeps(io(0, 0)));
  EXPECT_TRUE(TraceFilter{}.keeps(io(IoRecord::kNoOffset, 0)));
}

TEST(TraceFilter, TimeIsFromInclusiveUntilExclusive) {
  const IoRecord r = io(0, 4096);
  EXPECT_TRUE((TraceFilter{.from = 10us}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.from = Time{10us} + 1ns}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.until = 10us}.keeps(r)));
  EXPECT_TRUE((TraceFilter{.until = Time{10us} + 1ns}.keeps(r)));
}

TEST(TraceFilter, OffsetIsWhatAnIoTouches) {
  const TraceFilter f{.offset_low = 4096, .offset_high = 8192};
  EXPECT_FALSE(f.keeps(io(0, 4096)));
  EXPECT_TRUE(f.keeps(io(0, 4097)));
  EXPECT_TRUE(f.keeps(io(8191, 4096)));
  EXPECT_FALSE(f.keeps(io(8192, 4096)));
  EXPECT_TRUE(f.keeps(io(4096, 0)));
  EXPECT_FALSE(f.keeps(io(IoRecord::kNoOffset, 0)));
}

TEST(TraceFilter, OpsDevicesJobsLengthsAndFailures) {
  IoRecord r = io(0, 4096);
  r.device = 3;
  r.job = 2;
  EXPECT_TRUE((TraceFilter{.ops = {Op::write, Op::read}, .devices = {1, 3}, .jobs = {2}}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.ops = {Op::write}}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.devices = {1}}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.jobs = {3}}.keeps(r)));
  EXPECT_TRUE((TraceFilter{.min_length = 4096, .max_length = 4096}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.min_length = 4097}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.max_length = 4095}.keeps(r)));
  EXPECT_FALSE((TraceFilter{.failed = true}.keeps(r)));
  r.result = -EIO;
  EXPECT_TRUE((TraceFilter{.failed = true}.keeps(r)));
}

/// Every tenth of 2000 reads is on device 1.
std::unique_ptr<TraceReader> every_tenth(std::int64_t limit) {
  static const std::string text = [] {
    std::string all;
    for (int i = 0; i < 2000; ++i)
      all += "128166372003061629,usr," + std::string(i % 10 == 0 ? "1" : "0") + ",Read,0,512,1\n";
    return all;
  }();
  return std::make_unique<FilteredReader>(read_trace(ByteInput::from(text, "input"), "msr"),
                                          TraceFilter{.devices = {1}, .limit = limit});
}

TEST(FilteredReader, FillsWhatIsAskedForUntilTheEnd) {
  const auto reader = every_tenth(std::numeric_limits<std::int64_t>::max());
  std::vector<IoRecord> some(150);
  EXPECT_EQ(reader->read(some), 150u);
  EXPECT_EQ(reader->read(some), 50u);
  EXPECT_EQ(reader->read(some), 0u);
}

TEST(FilteredReader, LimitCountsWhatIsKept) { EXPECT_EQ(read_all(*every_tenth(7)).size(), 7u); }

TEST(TraceTransform, ShiftsWhatIsKnown) {
  std::vector<IoRecord> all{io(0, 512), io(0, 512)};
  all[0].completed = 30us;
  all[1].issued = 4us;
  EXPECT_EQ(earliest(all), 4us);
  TraceTransform{.earlier = 4us, .device = 9}.apply(all);
  EXPECT_EQ(all[0].issued, 6us);
  EXPECT_EQ(all[0].completed, 26us);
  EXPECT_EQ(all[0].submitted, IoRecord::kUnknown);
  EXPECT_EQ(all[1].issued, 0us);
  EXPECT_EQ(all[1].device, 9u);
}

TEST(TraceTransform, WithoutChangesChangesNothing) {
  std::vector<IoRecord> all{io(1, 2)};
  TraceTransform{}.apply(all);
  EXPECT_THAT(all, ElementsAre(io(1, 2)));
}

}  // namespace
}  // namespace blkpath
