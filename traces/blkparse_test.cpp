#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kText =
    "Input file sdb.blktrace.0 added\n"
    "  8,16   5        1     0.000000000 18615  A   R 1444 + 256 <- (8,17) 1410\n"
    "  8,16   5        2     0.000001850 18615  Q   R 1444 + 256 [java]\n"
    "  8,16   5        3     0.000006438 18615  G   R 1444 + 256 [java]\n"
    "  8,16   5        4     0.000008750 18615  P   N [java]\n"
    "  8,16   5        5     0.000009980 18615  I   R 1444 + 256 [java]\n"
    "  8,16   5        0     0.000012990     0  m   N cfq18615S / insert_request\n"
    "  8,16   5        6     0.000031865 18615  D   R 1444 + 256 [java]\n"
    "  8,16   5        7     0.000046560 18615  U   N [java] 1\n"
    "  8,16   1        1     0.000356669     0  C   R 1444 + 256 [0]\n"
    "  8,16   2        1     1.500000000   300  Q FWFSM 8 + 16 [kworker/2:1 x]\n"
    "  8,16   2        2     1.500000100   300  X FWFSM 8 / 16 [kworker/2:1 x]\n"
    "  8,16   2        3     1.500001000     0  C WFSM 8 + 16 [65531]\n"
    "  8,16   2        4     1.600000000   300  Q FWS [jbd2]\n"
    "  8,16   2        5     1.600000100     0  D  FN [kworker]\n"
    "  8,16   2        6     1.600000900     0  C  FN 0 [0]\n"
    "  8,16   2        7     1.600000950     0  C  WS 0 [0]\n"
    "  8,16   2        8     1.700000000     9  D   R 36 (12 00 00 00 24 00 ..) [smartd]\n"
    "  8,16   2        9     1.700000100     0  C   R (12 00 00 00 24 00 ..) [0]\n"
    "  8,16   2       10     1.800000000    10  Q   D 64 + 2048 [fstrim]\n"
    "  8,16   2       11     1.800000500     0  C   D 64 + 2048 (     500) [0]\n"
    "CPU2 (sdb):\n"
    " Reads Queued:           1,      128KiB\t Writes Queued:           3,     8KiB\n"
    "\n"
    "Throughput (R/W): 0KiB/s / 0KiB/s\n"
    "Events (sdb): 21 entries\n"
    "Skips: 0 forward (0 -   0.0%)\n";

TEST(Blkparse, ReadsEventsAndPassesOverTheRest) {
  const std::vector<IoRecord> all = read_text(kText, "blkparse");
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].issued, 1'850ns);
  EXPECT_EQ(all[0].allocated, 6'438ns);
  EXPECT_EQ(all[0].inserted, 9'980ns);
  EXPECT_EQ(all[0].submitted, 31'865ns);
  EXPECT_EQ(all[0].completed, 356'669ns);
  EXPECT_EQ(all[0].offset, 1'444 * 512);
  EXPECT_EQ(all[0].length, 131'072u);
  EXPECT_EQ(all[0].result, 131'072);
  EXPECT_EQ(all[0].device, 8u << 20 | 16u);
  EXPECT_EQ(all[0].job, 5);
  EXPECT_EQ(all[1].op, Op::write);
  EXPECT_EQ(all[1].flags, IoRecord::kFua | IoRecord::kMeta);
  EXPECT_EQ(all[1].result, -5);
  EXPECT_EQ(all[2].op, Op::flush);
  EXPECT_EQ(all[2].submitted, 1'600'000'100ns);
  EXPECT_EQ(all[2].completed, 1'600'000'900ns);
  EXPECT_EQ(all[3].op, Op::trim);
  EXPECT_EQ(all[3].completed - all[3].issued, 500ns);
}

TEST(Blkparse, PassThroughCommandsAreCountedInANote) {
  const auto reader = read_trace(ByteInput::from(kText, "input"));
  read_all(*reader);
  EXPECT_THAT(reader->meta().notes, ElementsAre("1 pass-through commands are left out"));
}

TEST(Blkparse, IsRecognised) {
  EXPECT_EQ(format_of(kText), "blkparse");
  EXPECT_EQ(format_of("  8,0    3        1     0.000000000   697  G   W 223490 + 8 [kjournald]\n"),
            "blkparse");
}

TEST(Blkparse, AWrongLineIsNamed) {
  const std::string good = "8,0 3 1 0.0 697 Q W 8 + 8 [x]\n";
  const std::string example = "; a good line is '8,16 5 2 0.000001850 18615 Q R 1444645666 + 256 [java]'";
  EXPECT_EQ(error_of_text(good + "8,0 3 2 0.1 697 Y W 8 + 8 [x]\n", "blkparse"),
            "input:2: an action such as Q or C, not 'Y'" + example);
  EXPECT_EQ(error_of_text(good + "8,0 3 2 0.1 697 D Z 8 + 8 [x]\n", "blkparse"),
            "input:2: RWBS such as R, WS or FN, not 'Z'" + example);
  EXPECT_EQ(error_of_text(good + "8,0 3 2 0.1 697 D W 8 - 8 [x]\n", "blkparse"),
            "input:2: '+' and sectors, not '-'" + example);
  EXPECT_EQ(error_of_text(good + "8,0 3 2 0.1 697 C W 8 + 8\n", "blkparse"),
            "input:2: an error in brackets is missing" + example);
  EXPECT_EQ(error_of_text(good + "8.0 3 2 0.1 697 C W 8 + 8 [0]\n", "blkparse"),
            "input:2: a major number '8.0' is not a whole number in range" + example);
  EXPECT_EQ(error_of_text(good + "8,0 3 2 0.1 697 D W 8 + 8388608 [0]\n", "blkparse"),
            "input:2: sectors from 0 to 8388607" + example);
}

TEST(Blkparse, BadLinesCanBeSkippedUpToANumber) {
  const std::string text = "8,0 3 1 0.0 697 Q W 8 + 8 [x]\noops\n8,0 3 2 0.1 0 C W 8 + 8 [0]\n";
  const std::vector<IoRecord> all = read_text(text, "blkparse", {.skip_bad = 1});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].completed, 100ms);
  EXPECT_THAT(error_of_text(text, "blkparse"), HasSubstr("input:2: "));
}

TEST(Blkparse, WritesTheColumnsOfBlkparse) {
  IoRecord r;
  r.issued = 1'850ns;
  r.allocated = 6'438ns;
  r.submitted = 2s;
  r.completed = 3s;
  r.offset = 1'444 * 512;
  r.length = 4'096;
  r.result = -5;
  r.device = 8 << 20 | 16;
  r.job = 5;
  r.op = Op::write;
  r.flags = IoRecord::kFua;
  EXPECT_EQ(write_text({r}, "blkparse"),
            "  8,16   5        1     0.000001850     0  Q  WF 1444 + 8 [blkpath]\n"
            "  8,16   5        2     0.000006438     0  G  WF 1444 + 8 [blkpath]\n"
            "  8,16   5        3     2.000000000     0  D  WF 1444 + 8 [blkpath]\n"
            "  8,16   5        4     3.000000000     0  C  WF 1444 + 8 [-5]\n");
}

TEST(Blkparse, WritesWhatItReads) {
  const std::vector<IoRecord> all = read_text(kText, "blkparse");
  EXPECT_EQ(read_text(write_text(all, "blkparse"), "blkparse"), all);
}

/// 9.4 s of a disk under Hadoop, CFQ and writeback. The figures are from a script that keeps, for each device
/// and direction, a map from sector to the bios that cover it.
TEST(Blkparse, PairsARecordedTrace) {
  const char* given = std::getenv("BLKPATH_SHARED_DATA");
  const std::string data = given != nullptr ? given : std::string(BLKPATH_SOURCE_DIR) + "/../shared/data";
  const std::string path = data + "/traces/blkparse-hadoop.txt.xz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here; set BLKPATH_SHARED_DATA";
  const std::vector<IoRecord> all = read_all(*open_trace(path));
  std::int64_t done = 0, merged = 0, q2c = 0, d2c = 0;
  for (const IoRecord& r : all) {
    merged += (r.flags & IoRecord::kMerged) != 0;
    if (!r.done()) continue;
    ++done;
    q2c += (r.completed - r.issued).count();
    d2c += (r.completed - r.submitted).count();
  }
  EXPECT_EQ(all.size(), 15'524u);
  EXPECT_EQ(merged, 14'781);
  EXPECT_EQ(done, 7'710);
  EXPECT_EQ(q2c, 710'538'099'521);  // 92.158 ms a request
  EXPECT_EQ(d2c, 537'017'672'526);  // 69.652 ms
}

}  // namespace
}  // namespace blkpath
