#include <fmt/format.h>
#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kOffsets =
    "12, 580451, 0, 4096, 880640, 0\n"
    "13, 2000000, 1, 8192, 61440, 1\n";

TEST(FioLogs, ALatencyLogHoldsCompletions) {
  const auto all = read_text(kOffsets, "fio-lat");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.issued = 11'419'549ns, .completed = 12ms, .offset = 880640, .length = 4096}));
  EXPECT_EQ(all[1],
            (IoRecord{.issued = 11ms, .completed = 13ms, .offset = 61440, .length = 8192, .op = Op::write}));
}

TEST(FioLogs, AClatLogBeginsAtSubmission) {
  const auto all = read_text("13, 2000000, 1, 8192, 61440, 0\n", "fio-clat");
  EXPECT_THAT(all, ElementsAre(IoRecord{.issued = 11ms,
                                        .submitted = 11ms,
                                        .completed = 13ms,
                                        .offset = 61440,
                                        .length = 8192,
                                        .op = Op::write}));
}

TEST(FioLogs, ASlatLogEndsAtSubmission) {
  const auto all = read_text("0, 250000, 2, 8192, 0\n", "fio-slat");
  EXPECT_THAT(all, ElementsAre(IoRecord{.issued = -250us, .submitted = 0ns, .length = 8192, .op = Op::trim}));
}

TEST(FioLogs, ABandwidthLogHasNoLatency) {
  const auto all = read_text("9, 6949, 0, 4096, 61440, 0\n", "fio-bw");
  EXPECT_THAT(all, ElementsAre(IoRecord{.issued = 9ms, .offset = 61440, .length = 4096}));
  EXPECT_EQ(read_text("9, 1, 0, 4096, 61440, 0x0000\n", "fio-iops"), all);
}

TEST(FioLogs, TheNameTellsTheKind) {
  for (const char* kind : {"lat", "clat", "slat", "bw", "iops"})
    EXPECT_EQ(format_of(kOffsets, fmt::format("run/x_{}.1.log", kind)), fmt::format("fio-{}", kind));
  EXPECT_THAT(error_of_text(kOffsets), HasSubstr("its format is not recognised"));
}

TEST(FioLogs, AveragesAreRefused) {
  EXPECT_THAT(
      error_of_text("100, 1932355, 1, 0, 0\n", "fio-lat", {.skip_bad = 9}),
      HasSubstr(
          "input:1: a log of single I/Os, not of averages (block size 0); run fio without log_avg_msec"));
}

TEST(FioLogs, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("12, 5, 3, 4096, 0\n", "fio-lat"), HasSubstr("a direction 0, 1 or 2, not '3'"));
  EXPECT_THAT(
      error_of_text("12, 5, 0, 4096, 880640\n", "fio-lat"),
      HasSubstr("a priority 0, 1 or in hexadecimal, not '880640'; a good line is '12, 580451, 0, 4096, "));
}

TEST(FioLogs, WritesWhatItReads) {
  const auto lat = read_text(kOffsets, "fio-lat"), clat = read_text(kOffsets, "fio-clat");
  EXPECT_EQ(read_text(write_text(lat, "fio-lat"), "fio-lat"), lat);
  EXPECT_EQ(read_text(write_text(clat, "fio-clat"), "fio-clat"), clat);
  const std::string without = "0, 250000, 0, 8192, 0\n5, 7, 1, 512, 0\n";
  EXPECT_EQ(write_text(read_text(without, "fio-slat"), "fio-slat"), without);
}

TEST(FioLogs, SplitsALatencyAsFioDoes) {
  const IoRecord r{
      .issued = 1ms, .submitted = 1'250us, .completed = 2900us, .reaped = 3ms, .offset = 0, .length = 512};
  EXPECT_EQ(write_text({r}, "fio-slat"), "1, 250000, 0, 512, 0, 0\n");
  EXPECT_EQ(write_text({r}, "fio-clat"), "3, 1750000, 0, 512, 0, 0\n");
  EXPECT_EQ(write_text({r}, "fio-lat"), "3, 2000000, 0, 512, 0, 0\n");
}

TEST(FioLogs, RefusesWhatItCannotSay) {
  IoRecord r{.completed = 1ms, .length = 512};
  EXPECT_THAT(refusal_of({r}, "fio-clat"),
              HasSubstr("record 1 has no time of submission; fio-clat cannot say that"));
  IoRecord placed = r;
  placed.offset = 0;
  EXPECT_THAT(refusal_of({r, placed}, "fio-lat"), HasSubstr("record 2 has an offset where others have none"));
  EXPECT_EQ(find_trace_format("fio-bw", "").write, nullptr);
}

}  // namespace
}  // namespace blkpath
