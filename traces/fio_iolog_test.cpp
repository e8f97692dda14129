#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// As fio 3.33 writes it, shortened.
constexpr const char* kVersion3 =
    "fio version 3 iolog\n"
    "225 /tmp/f1 add\n"
    "245 /tmp/f2 add\n"
    "689 /tmp/f1 open\n"
    "701 /tmp/f1 read 4096 8192\n"
    "2957 /tmp/f2 open\n"
    "2963 /tmp/f2 write 94208 4096\n"
    "7176 /tmp/f1 sync 102400 0\n"
    "7176 /tmp/f1 datasync 0 0\n"
    "8000 /tmp/f1 trim 4096 4096\n"
    "8001 /tmp/f2 close\n";

constexpr const char* kVersion2 =
    "fio version 2 iolog\n"
    "/dev/sdb add\n"
    "/dev/sdb open\n"
    "/dev/sdb wait 1000 0\n"
    "/dev/sdb read 944000 512\n"
    "/dev/sdb wait 250 0\n"
    "/dev/sdb wait 50\n"
    "/dev/sdb write 0 4096\n"
    "/dev/sdb read 4096 4096\n"
    "/dev/sdb close\n";

TEST(FioIolog, StampsOfVersion3AreMicroseconds) {
  const auto all = read_text(kVersion3);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 4096, .length = 8192}));
  EXPECT_EQ(all[1],
            (IoRecord{.issued = 2262us, .offset = 94208, .length = 4096, .device = 1, .op = Op::write}));
  EXPECT_EQ(all[2], (IoRecord{.issued = 6475us, .op = Op::flush}));
  EXPECT_EQ(all[3], all[2]);
  EXPECT_EQ(all[4], (IoRecord{.issued = 7299us, .offset = 4096, .length = 4096, .op = Op::trim}));
}

TEST(FioIolog, WaitsOfVersion2AddUp) {
  const auto all = read_text(kVersion2);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].issued, 0ns);
  EXPECT_EQ(all[1].issued, 300us);
  EXPECT_EQ(all[2].issued, 300us);
}

TEST(FioIolog, IsRecognisedInBothVersions) {
  EXPECT_EQ(format_of(kVersion3), "fio-iolog");
  EXPECT_EQ(format_of(kVersion2), "fio-iolog");
}

TEST(FioIolog, SaysWhichFileADeviceIs) {
  const auto reader = read_trace(ByteInput::from(kVersion3, "input"));
  read_all(*reader);
  EXPECT_THAT(reader->meta().notes, ElementsAre("device 0 is /tmp/f1", "device 1 is /tmp/f2"));
}

TEST(FioIolog, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("0, 4096, 4096\n", "fio-iolog"),
              HasSubstr("input:1: a first line 'fio version 3 iolog' or 'fio version 2 iolog'; a good line"));
  EXPECT_THAT(
      error_of_text("fio version 3 iolog\n5 /f raed 0 512\n", "fio-iolog"),
      HasSubstr("input:2: an action read, write, sync, datasync, trim, add, open or close, not 'raed'"));
  EXPECT_THAT(error_of_text("fio version 3 iolog\n5 /f wait 100 0\n", "fio-iolog"),
              HasSubstr("input:2: no wait in version 3, which has time stamps"));
  EXPECT_THAT(
      error_of_text("fio version 3 iolog\n/f read 0 512\n", "fio-iolog"),
      HasSubstr(
          "input:2: a time stamp in us '/f' is not a whole number in range; a good line is '701 /dev/sdb "));
}

TEST(FioIolog, WritesFilesThatFioFindsAddedAndOpened) {
  EXPECT_EQ(write_text(read_text(kVersion3), "fio-iolog"),
            "fio version 3 iolog\n"
            "1 device0 add\n"
            "1 device0 open\n"
            "1 device0 read 4096 8192\n"
            "2263 device1 add\n"
            "2263 device1 open\n"
            "2263 device1 write 94208 4096\n"
            "6476 device0 sync 0 0\n"
            "6476 device0 sync 0 0\n"
            "7300 device0 trim 4096 4096\n"
            "7300 device0 close\n"
            "7300 device1 close\n");
}

TEST(FioIolog, WritesWhatItReads) {
  const auto all = read_text(kVersion3);
  EXPECT_EQ(read_text(write_text(all, "fio-iolog")), all);
  EXPECT_EQ(read_text(write_text(all, "fio-iolog2")), all);
}

TEST(FioIolog, WritesWaitsInVersion2) {
  EXPECT_EQ(write_text(read_text(kVersion2), "fio-iolog2"),
            "fio version 2 iolog\n"
            "device0 add\n"
            "device0 open\n"
            "device0 read 944000 512\n"
            "device0 wait 300 0\n"
            "device0 write 0 4096\n"
            "device0 read 4096 4096\n"
            "device0 close\n");
}

TEST(FioIolog, AnEmptyTraceHasItsHeader) { EXPECT_EQ(write_text({}, "fio-iolog"), "fio version 3 iolog\n"); }

TEST(FioIolog, RefusesTimesThatGoBack) {
  const IoRecord late{.issued = 2us, .offset = 0, .length = 512},
      early{.issued = 1us, .offset = 0, .length = 512};
  EXPECT_THAT(refusal_of({late, early}, "fio-iolog"),
              HasSubstr("record 2 was issued before the one in front of it (--sort puts the trace in order); "
                        "fio-iolog cannot"));
}

}  // namespace
}  // namespace blkpath
