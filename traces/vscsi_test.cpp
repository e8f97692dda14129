#include <gmock/gmock.h>

#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

// Time 0x0102 us, LBN 0x10, 512 bytes, WRITE(10); then 1 us later LBN 1, 4 KiB, READ(6).
constexpr std::string_view kVersion1 =
    "\x07\0\0\0\0\x02\0\0\x01\0\0\0\x2a\0\0\x01\x10\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0"
    "\x08\0\0\0\0\x10\0\0\x01\0\0\0\x08\0\0\x01\x01\0\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0"sv;
constexpr std::string_view kVersion2 =
    "\x2a\0\0\x02\x07\0\0\0\0\x02\0\0\x01\0\0\0\x10\0\0\0\0\0\0\0\x02\x01\0\0\0\0\0\0\x50\0\0\0\0\0\0\0"
    "\x08\0\0\x02\x08\0\0\0\0\x10\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0\x50\0\0\0\0\0\0\0"sv;

TEST(Vscsi, ReadsBothVersions) {
  const auto all = read_text(kVersion1);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.offset = 8192, .length = 512, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = 1us, .offset = 512, .length = 4096}));
  EXPECT_EQ(read_text(kVersion2), all);
}

TEST(Vscsi, IsRecognised) {
  EXPECT_EQ(format_of(kVersion1), "vscsi");
  EXPECT_EQ(format_of(kVersion2), "vscsi");
}

TEST(Vscsi, KnowsTheCommandsOfAllLengths) {
  const auto op_of = [](char command) {
    std::string text(kVersion1);
    text[12] = command;
    const auto all = read_text(text, "vscsi");
    return all.size() == 2 ? std::optional(all[0].op) : std::nullopt;
  };
  for (const char read : {'\x08', '\x28', '\xa8', '\x88'}) EXPECT_EQ(op_of(read), Op::read);
  for (const char write : {'\x0a', '\x2a', '\xaa', '\x8a'}) EXPECT_EQ(op_of(write), Op::write);
  EXPECT_EQ(op_of('\x12'), std::nullopt);  // INQUIRY
}

TEST(Vscsi, WrongRecordsAreExplained) {
  EXPECT_THAT(error_of_text(std::string(kVersion1) + "abc", "vscsi"),
              HasSubstr("input: record 3: a record of 32 bytes, not the 3 that are left"));
  std::string text(kVersion1);
  text[15] = 9;
  EXPECT_THAT(error_of_text(text, "vscsi"), HasSubstr("input: record 1: a record of version 1, not 9"));
  EXPECT_EQ(read_text(text, "vscsi", {.skip_bad = 1}).size(), 1u);
  text[15] = 1;
  text[23] = '\x7f';
  EXPECT_THAT(error_of_text(text, "vscsi"),
              HasSubstr("record 1: an LBN 9151314442816847888 is out of range"));
}

TEST(Vscsi, WritesWhatItReads) {
  const auto all = read_text(kVersion1);
  EXPECT_EQ(read_text(write_text(all, "vscsi")), all);
}

TEST(Vscsi, TakesTheLongerCommandPast2To32Blocks) {
  const IoRecord far{.offset = (std::int64_t{1} << 32) * 512, .length = 512};
  const std::string text = write_text({far}, "vscsi");
  EXPECT_EQ(text[12], '\x88');
  EXPECT_EQ(read_text(text, "vscsi"), std::vector{far});
}

TEST(Vscsi, RefusesASecondDisk) {
  EXPECT_THAT(refusal_of({{.offset = 0, .length = 512}, {.offset = 0, .length = 512, .device = 3}}, "vscsi"),
              HasSubstr("record 2 is of device 3, the ones before it of device 0; vscsi cannot say that"));
}

TEST(Vscsi, ReadsThePublishedSample) {
  const std::string file = shared_trace("traces/cloudPhysicsIO.vscsi.xz");
  if (file.empty()) GTEST_SKIP() << "the CloudPhysics trace is absent";
  const auto [format, all] = read_shared(file);
  EXPECT_EQ(format, "vscsi");
  ASSERT_EQ(all.size(), 113'872u);
  EXPECT_EQ(all.front(), (IoRecord{.offset = 21981565440, .length = 512, .op = Op::write}));
  EXPECT_EQ(all.back(),
            (IoRecord{.issued = 7'200'089'885us, .offset = 21983308800, .length = 512, .op = Op::write}));
}

}  // namespace
}  // namespace blkpath
