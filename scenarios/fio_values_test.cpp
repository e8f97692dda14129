// Numbers, units and flags, as fio reads them.
// Expected values without another source were read off fio 3.33 (--parse-only, --showcmd, JSON, header
// lines).
#include <gmock/gmock.h>

#include "scenarios/test/fio_jobs.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

TEST(FioValues, ABlankBeforeAPlainNumberIsFineButBeforeASizeWouldLoseItsUnit) {
  EXPECT_EQ(one_job("iodepth = 4").iodepth, 4);
  EXPECT_THAT(error_in_job("bs = 16k"), HasSubstr("t.fio:2: bs: ' 16k' has a blank before it"));
}

TEST(FioValues, KMeansKbBaseAndKibTheOtherOne) {
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::int64_t>>{{"4k", 4096},
                                                                                     {"4KB", 4096},
                                                                                     {"4ki", 4096},
                                                                                     {"4KiB", 4000},
                                                                                     {"4096", 4096},
                                                                                     {"4096b", 4096},
                                                                                     {"0x1000", 4096},
                                                                                     {"1m", 1048576}})
    EXPECT_EQ(one_job("bs=" + text).bs[0].min.n, bytes) << text;
  EXPECT_EQ(one_job("kb_base=1000\nbs=4k").bs[0].min.n, 4000);
  EXPECT_EQ(one_job("kb_base=1000\nbs=4kib").bs[0].min.n, 4096);
  EXPECT_EQ(one_job("size=2t").size->n, std::int64_t{2} << 40);
  EXPECT_EQ(one_job("size=1p").size->n, std::int64_t{1} << 50);
}

TEST(FioValues, KbBaseCountsForItsWholeSectionInAFileButOnlyOnwardsOnACommandLine) {
  EXPECT_EQ(one_job("bs=4k\nkb_base=1000").bs[0].min.n, 4000);
  EXPECT_EQ(parse_fio_args({"--name=x", "--bs=4k", "--kb_base=1000"}).jobs[0].bs[0].min.n, 4096);
  EXPECT_EQ(parse_fio_args({"--name=x", "--kb_base=1000", "--bs=4k"}).jobs[0].bs[0].min.n, 4000);
}

TEST(FioValues, BareTimesAreSecondsButThinktimeIsInMicroseconds) {
  EXPECT_EQ(one_job("runtime=3").runtime, 3s);
  EXPECT_EQ(one_job("timeout=300ms").runtime, 300ms);
  EXPECT_EQ(one_job("ramp_time=2M").ramp_time, 2min);
  EXPECT_EQ(one_job("startdelay=5usec").start_delay, 5us);
  EXPECT_EQ(one_job("thinktime=250").thinktime, 250us);
  EXPECT_EQ(one_job("thinktime=2s").thinktime, 2s);
}

TEST(FioValues, NumbersThatFioWouldMisreadAreRefused) {
  EXPECT_EQ(error_in_job("bs=16q"), "t.fio:2: bs: '16q' is not a size, for example '16k'");
  EXPECT_THAT(error_in_job("bs=1.5k"), HasSubstr("'1.5k' is not a size"));
  EXPECT_THAT(error_in_job("runtime=1sec"), HasSubstr("'1sec' has an unknown unit"));
  EXPECT_THAT(error_in_job("runtime=3.5"), HasSubstr("'3.5' is not a whole number"));
  EXPECT_THAT(error_in_job("size=150%"), HasSubstr("'150%' is above 100"));
  EXPECT_THAT(error_in_job("size=99999999t"), HasSubstr("is out of range"));
}

TEST(FioValues, ArithmeticStandsInParentheses) {
  EXPECT_EQ(one_job("bs=(4*1024)").bs[0].min, 4_KiB);
  EXPECT_EQ(one_job("bs=(4k + 2^12)").bs[0].min, 8_KiB);
  EXPECT_EQ(one_job("size=((1+2)*1g - 10%4)").size->n, (std::int64_t{3} << 30) - 2);
  EXPECT_EQ(one_job("runtime=(2*60)").runtime, 120s);
  EXPECT_EQ(one_job("runtime=(1s + 500ms)").runtime, 1500ms);
  EXPECT_THAT(error_in_job("bs=(4*"), HasSubstr("is not an expression"));
  EXPECT_THAT(error_in_job("bs=(4/0)"), HasSubstr("divides by zero"));
}

TEST(FioValues, SizesAndOffsetsMayBeInPercent) {
  const JobSpec job = one_job("size=50%\noffset=25%");
  EXPECT_FALSE(job.size.has_value());
  EXPECT_EQ(job.size_percent, 50);
  EXPECT_EQ(job.offset_percent, 25);
  EXPECT_EQ(one_job("size=1000k\nio_size=20%").io_size->n, 204800);
  EXPECT_EQ(one_job("size=50%\nsize=1g").size_percent, 0);
  EXPECT_THAT(error_in_job("io_size=20%"), HasSubstr("needs a size in bytes"));
}

TEST(FioValues, FlagsNeedNoValueButMayHaveOne) {
  EXPECT_FALSE(one_job("norandommap").random_map);
  EXPECT_FALSE(one_job("norandommap=2").random_map);
  EXPECT_TRUE(one_job("norandommap=0").random_map);
  EXPECT_THAT(error_in_job("norandommap=yes"), HasSubstr("'yes' is not a number"));
  EXPECT_FALSE(parse_fio_text("[global]\nstonewall\n[a]\nstonewall=0\n", "t").jobs[0].stonewall);
}

}  // namespace
}  // namespace blkpath
