#include <gmock/gmock.h>

#include "traces/test/shared_trace.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

// The second was issued 7.848 ms before the first, and was done after it.
constexpr const char* kText =
    "Timestamp,Response,IOType,LUN,Offset,Size\n"
    "1456095145.133076000,0.000806000,R,0,899056122368,131072\n"
    "1456095145.125228000,0.008744001,W,3,4096,512\n"
    "1456095145.133076001,,R,0,0,4096\n";

TEST(Systor, ReadsRowsInTheOrderOfTheirCompletion) {
  const auto all = read_text(kText, "systor");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].issued, 0ns);
  EXPECT_EQ(all[0].completed, 806us);
  EXPECT_EQ(all[0].offset, 899056122368);
  EXPECT_EQ(all[0].length, 131072u);
  EXPECT_EQ(all[1].issued, -7848us);
  EXPECT_EQ(all[1].completed, 896'001ns);
  EXPECT_EQ(all[1].op, Op::write);
  EXPECT_EQ(all[1].device, 3u);
}

TEST(Systor, AnEmptyResponseIsUnknown) {
  const auto all = read_text(kText, "systor");
  EXPECT_EQ(all[2].issued, 1ns);
  EXPECT_FALSE(all[2].done());
}

TEST(Systor, ItsZeroIsADate) {
  const auto reader = read_trace(ByteInput::from(kText, "input"));
  read_all(*reader);
  EXPECT_EQ(reader->meta().epoch_ns, 1456095145133076000);
  EXPECT_EQ(reader->meta().format, "systor");
}

TEST(Systor, ABadFirstLineDoesNotSetTheZero) {
  const auto all = read_text("5.0,0.1,X,0,0,512\n7.0,0.1,R,0,0,512\n", "systor", {.skip_bad = 1});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].issued, 0ns);
}

TEST(Systor, WrongLinesAreExplained) {
  EXPECT_THAT(error_of_text("1.5,0.1,X,0,0,512\n", "systor"),
              HasSubstr("input:1: a type R or W, not 'X'; a good line is '1456095145.133076000,"));
  EXPECT_THAT(error_of_text("1.5,-0.1,R,0,0,512\n", "systor"),
              HasSubstr("a response from 0 up, not -100000000"));
  EXPECT_THAT(error_of_text("1.5,9223372036,R,0,0,512\n9000000000,9223372036,R,0,0,512\n", "systor"),
              HasSubstr("input:2: a response is out of range"));
}

TEST(Systor, WritesWhatItReads) {
  const std::string text = write_text(read_text(kText, "systor"), "systor", starting_at(1456095145133076000));
  EXPECT_EQ(text, kText);
}

TEST(Systor, RefusesWhatItCannotSay) {
  IoRecord r{.completed = 1ms, .length = 512};
  EXPECT_THAT(refusal_of({r}, "systor"), HasSubstr("--to: record 1 has no offset; systor cannot say that"));
  r.offset = 0;
  r.completed = -1ns;
  EXPECT_THAT(refusal_of({r}, "systor"), HasSubstr("record 1 has a response that ends before it begins"));
}

TEST(Systor, ReadsThePublishedSample) {
  const std::string file = shared_trace("traces/systor17-traces-sample.csv.gz");
  if (file.empty()) GTEST_SKIP() << "the SYSTOR '17 sample is absent";
  const auto [format, all] = read_shared(file);
  EXPECT_EQ(format, "systor");
  ASSERT_EQ(all.size(), 999u);
  EXPECT_EQ(all.front(), (IoRecord{.completed = 806us, .offset = 899056122368, .length = 131072}));
  EXPECT_EQ(
      all.back(),
      (IoRecord{.issued = 2'440'976us, .completed = 2'441'221us, .offset = 4238867714048, .length = 4096}));
}

}  // namespace
}  // namespace blkpath
