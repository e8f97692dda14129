#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/blktrace_api.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;

constexpr std::uint32_t kRead = BLK_TC_READ, kWrite = BLK_TC_WRITE;

/// A trace in the byte order of this machine, or the other.
class Recorder {
 public:
  explicit Recorder(bool swapped) : swapped_(swapped) {}

  Recorder& event(std::uint64_t time, std::uint32_t act, std::uint32_t category, std::uint64_t sector,
                  std::uint32_t bytes, int error = 0, std::string_view pdu = "") {
    put(std::uint32_t{BLK_IO_TRACE_MAGIC | BLK_IO_TRACE_VERSION});
    put(std::uint32_t{0});
    put(time);
    put(sector);
    put(bytes);
    put(act | category << BLK_TC_SHIFT);
    put(std::uint32_t{18'615});
    put(std::uint32_t{8 << 20 | 16});
    put(std::uint32_t{5});
    put(static_cast<std::uint16_t>(error));
    put(static_cast<std::uint16_t>(pdu.size()));
    bytes_ += pdu;
    return *this;
  }
  /// The wall clock's time, as a notification.
  Recorder& clock(std::uint64_t time, std::uint32_t seconds, std::uint32_t ns) {
    Recorder pdu(swapped_);
    pdu.put(seconds);
    pdu.put(ns);
    return event(time, __BLK_TN_TIMESTAMP, BLK_TC_NOTIFY, 0, 0, 0, pdu.bytes_);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <class Int>
  void put(Int value) {
    std::array<char, sizeof value> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    if (swapped_)
      bytes_.append(bytes.rbegin(), bytes.rend());
    else
      bytes_.append(bytes.begin(), bytes.end());
  }
  bool swapped_;
  std::string bytes_;
};

std::string recorded(bool swapped) {
  return Recorder(swapped)
      .clock(500, 1'700'000'000, 7)
      .event(1'000, __BLK_TA_REMAP, kRead | BLK_TC_QUEUE, 100, 4'096, 0, "0123456789abcdef")
      .event(2'000, __BLK_TA_QUEUE, kRead | BLK_TC_QUEUE | BLK_TC_AHEAD, 100, 4'096)
      .event(2'100, __BLK_TA_GETRQ | __BLK_TA_CGROUP, kRead | BLK_TC_QUEUE, 100, 4'096, 0, "cgroupid")
      .event(2'200, __BLK_TA_INSERT, kRead | BLK_TC_QUEUE, 100, 4'096)
      .event(2'300, __BLK_TA_ISSUE, kRead | BLK_TC_ISSUE, 100, 4'096)
      .event(2'400, __BLK_TA_ISSUE, kRead | BLK_TC_ISSUE | BLK_TC_PC, 0, 36, 0, "command")
      .event(2'500, __BLK_TA_COMPLETE, kRead | BLK_TC_COMPLETE | BLK_TC_PC, 0, 36, 0, "command")
      .event(2'600, __BLK_TN_MESSAGE, BLK_TC_NOTIFY, 0, 0, 0, "cfq")
      .event(9'000, __BLK_TA_COMPLETE, kRead | BLK_TC_COMPLETE, 100, 4'096, -5)
      .event(9'100, __BLK_TA_QUEUE, kWrite | BLK_TC_FLUSH | BLK_TC_SYNC | BLK_TC_QUEUE, 0, 0)
      .event(9'200, __BLK_TA_ISSUE, BLK_TC_FLUSH | BLK_TC_ISSUE, 0, 0)
      .event(9'300, __BLK_TA_COMPLETE, BLK_TC_FLUSH | BLK_TC_COMPLETE, ~0ull, 0)
      .event(9'400, __BLK_TA_QUEUE, kWrite | BLK_TC_DISCARD | BLK_TC_QUEUE, 8, 1 << 20)
      .event(9'500, __BLK_TA_QUEUE, kWrite | BLK_TC_FUA | BLK_TC_META | BLK_TC_QUEUE, 1ull << 32, 512)
      .bytes();
}

TEST(Blktrace, ReadsBothByteOrders) {
  for (const bool swapped : {false, true}) {
    SCOPED_TRACE(swapped);
    const std::vector<IoRecord> all = read_text(recorded(swapped), "blktrace");
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0].issued, 1'000ns);  // since the first event
    EXPECT_EQ(all[0].allocated, 1'100ns);
    EXPECT_EQ(all[0].inserted, 1'200ns);
    EXPECT_EQ(all[0].submitted, 1'300ns);
    EXPECT_EQ(all[0].completed, 8'000ns);
    EXPECT_EQ(all[0].offset, 51'200);
    EXPECT_EQ(all[0].length, 4'096u);
    EXPECT_EQ(all[0].result, -5);
    EXPECT_EQ(all[0].device, 8u << 20 | 16u);
    EXPECT_EQ(all[0].job, 5);
    EXPECT_EQ(all[0].flags, IoRecord::kReadAhead);
    EXPECT_EQ(all[1].op, Op::flush);
    EXPECT_EQ(all[1].submitted, 8'200ns);
    EXPECT_EQ(all[1].completed, 8'300ns);
    EXPECT_EQ(all[2].op, Op::trim);
    EXPECT_EQ(all[2].length, 1u << 20);
    EXPECT_EQ(all[3].op, Op::write);
    EXPECT_EQ(all[3].offset, std::int64_t{512} << 32);
    EXPECT_EQ(all[3].flags, IoRecord::kFua | IoRecord::kMeta);
  }
}

TEST(Blktrace, TheClockGivesTheEpochOfTheFirstEvent) {
  for (const bool swapped : {false, true}) {
    const auto reader = read_trace(ByteInput::from(recorded(swapped), "input"));
    read_all(*reader);
    EXPECT_EQ(reader->meta().epoch_ns, 1'700'000'000'000'000'507);
    EXPECT_THAT(reader->meta().notes, ElementsAre("2 requests have no completion in the trace",
                                                  "1 pass-through commands are left out"));
  }
}

TEST(Blktrace, IsRecognised) {
  EXPECT_EQ(format_of(recorded(false)), "blktrace");
  EXPECT_EQ(format_of(recorded(true)), "blktrace");
}

TEST(Blktrace, AFileThatIsCutOffIsNamed) {
  const std::string whole = recorded(false);
  for (const std::size_t cut : {1u, 47u}) {
    const std::string text = whole.substr(0, whole.size() - cut);
    EXPECT_EQ(
        error_of_text(text, "blktrace"),
        fmt::format("input: at byte {}: the file ends within an event; it was cut off", whole.size() - 48));
    EXPECT_EQ(read_text(text, "blktrace", {.skip_bad = 1}).size(), 3u);
  }
  EXPECT_EQ(error_of_text(whole.substr(0, 55), "blktrace"),  // within what follows the first event
            "input: at byte 0: the file ends within an event; it was cut off");
}

TEST(Blktrace, WhatIsNoEventIsNamed) {
  std::string text = recorded(false);
  text[56] = 'x';
  EXPECT_EQ(error_of_text(text, "blktrace"),
            "input: at byte 56: 0x65617478 is version 120 of the format; what can be read is version 7");
  text[59] = 'x';
  EXPECT_EQ(error_of_text(text, "blktrace"),
            "input: at byte 56: 0x78617478 is no event of blktrace, which begins with 0x65617407");
}

TEST(Blktrace, ImpossibleFiguresAreNamed) {
  EXPECT_EQ(
      error_of_text(Recorder(false).event(1ull << 63, __BLK_TA_QUEUE, kRead, 0, 512).bytes(), "blktrace"),
      "input: at byte 0: 9223372036854775808 ns is no time since the machine's start");
  EXPECT_EQ(error_of_text(Recorder(false).event(1, __BLK_TA_QUEUE, kRead, ~0ull, 512).bytes(), "blktrace"),
            "input: at byte 0: sector 18446744073709551615 is past any device");
}

TEST(Blktrace, WritesWhatItReads) {
  std::vector<IoRecord> all = read_text(recorded(false), "blktrace");
  for (IoRecord& r : all) {  // the writer's first event is the first Q, and becomes its zero
    for (Time* const time : {&r.issued, &r.allocated, &r.inserted, &r.submitted, &r.completed})
      if (*time != IoRecord::kUnknown) *time -= 1'000ns;
  }
  WriteOptions options;
  options.meta.epoch_ns = 1'700'000'000'000'000'507;
  const auto reader = read_trace(ByteInput::from(write_text(all, "blktrace", options), "input"));
  EXPECT_EQ(read_all(*reader), all);
  EXPECT_EQ(reader->meta().epoch_ns, options.meta.epoch_ns);
}

/// What `command` prints, given `input`.
std::string output_of(const std::string& command, const std::string& input) {
  const std::string path = ::testing::TempDir() + "blkpath_blktrace_test";
  std::ofstream(path, std::ios::binary) << input;
  FILE* const pipe = popen((command + " < " + path).c_str(), "r");
  std::string output;
  std::array<char, 4096> some;
  for (std::size_t n = 1; n > 0;) {
    n = std::fread(some.data(), 1, some.size(), pipe);
    output.append(some.data(), n);
  }
  pclose(pipe);
  std::filesystem::remove(path);
  return output;
}

TEST(Blktrace, BlkparseReadsWhatIsWritten) {
  if (std::system("command -v blkparse > /dev/null") != 0)
    GTEST_SKIP() << "blkparse of Debian's blktrace is not here";
  std::vector<IoRecord> all;
  for (std::int64_t i = 0; i < 100; ++i) {
    IoRecord r;
    r.issued = Time{1'000 * i};
    r.allocated = i % 4 == 1 ? IoRecord::kUnknown : r.issued + 50ns;
    r.flags = i % 4 == 1 ? IoRecord::kMerged : 0;
    r.inserted = Time{1'000 * (i / 4 * 4) + 5'000};
    r.submitted = r.inserted + 100ns;
    r.completed = r.inserted + 20us;
    r.op = i % 4 == 2 ? Op::flush : i % 4 == 3 ? Op::trim : Op::write;
    if (r.op != Op::flush) {
      r.offset = 1 << 20 | 4'096 * i;
      r.length = 4'096;
    }
    r.result = i == 8 || i == 9 ? -5 : static_cast<std::int32_t>(r.length);
    r.device = 8 << 20 | 16;
    r.job = static_cast<std::uint16_t>(i % 3);
    all.push_back(r);
  }
  const std::string printed = output_of("blkparse -i -", write_text(all, "blktrace"));
  EXPECT_EQ(read_text(printed, "blkparse"), all);
  EXPECT_THAT(printed, ::testing::HasSubstr("Skips: 0 forward"));
}

TEST(Blktrace, WhatCannotBeSaidIsRefused) {
  IoRecord r;
  r.offset = 100;
  r.length = 512;
  try {
    write_text({r}, "blktrace");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(),
                 "command line: --to: record 1 has an offset of 100 bytes, not a multiple of 512; "
                 "blktrace cannot say that");
  }
}

}  // namespace
}  // namespace blkpath
