#include <gmock/gmock.h>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHeader =
    "issued_ns,intended_ns,allocated_ns,inserted_ns,submitted_ns,completed_ns,reaped_ns,op,offset_bytes,"
    "length_bytes,"
    "result,device,job,flags,buffer\n";

std::vector<IoRecord> everything() {
  IoRecord full{.issued = 5ns,
                .intended = -4ns,
                .allocated = 6ns,
                .inserted = 7ns,
                .submitted = 8ns,
                .completed = 9ns,
                .reaped = 10ns,
                .offset = 4096,
                .length = 512,
                .result = -5,
                .device = 3,
                .job = 2,
                .op = Op::trim};
  full.flags = IoRecord::kFua | IoRecord::kMeta | IoRecord::kReadAhead | IoRecord::kMerged;
  full.buffer = IoRecord::Buffer::trip;
  IoRecord timeless;
  timeless.issued = IoRecord::kUnknown;
  return {full, IoRecord{}, timeless};
}

TEST(Csv, AFieldThatIsEmptyIsUnknown) {
  EXPECT_EQ(write_text(everything(), "csv"),
            std::string(kHeader) +
                "5,-4,6,7,8,9,10,trim,4096,512,-5,3,2,fua+meta+read_ahead+merged,trip\n"
                "0,,,,,,,read,,0,,0,0,,\n"
                ",,,,,,,read,,0,,0,0,,\n");
}

TEST(Csv, WritesWhatItReads) { EXPECT_EQ(read_text(write_text(everything(), "csv")), everything()); }

TEST(Csv, ColumnsMayComeInAnyOrderAndBeFewer) {
  const auto all = read_text("op,length_bytes,completed_ns,issued_ns\nwrite,512,7,3\nflush,0,,4\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], (IoRecord{.issued = 3ns, .completed = 7ns, .length = 512, .op = Op::write}));
  EXPECT_EQ(all[1], (IoRecord{.issued = 4ns, .op = Op::flush}));
}

TEST(Csv, WrongHeadersAreExplained) {
  EXPECT_THAT(
      error_of_text("issued_ns,op,lenght_bytes\n0,read,512\n"),
      HasSubstr("input:1: there is no column 'lenght_bytes'. Did you mean 'length_bytes'? The columns are "
                "issued_ns,intended_ns,"));
  EXPECT_THAT(error_of_text("issued_ns,op\n0,read\n"),
              HasSubstr("input:1: the column 'length_bytes' is missing"));
  EXPECT_THAT(error_of_text("op,op\n", "csv", {.skip_bad = 5}),
              HasSubstr("input:1: the column 'op' is there twice"));
}

TEST(Csv, WrongLinesAreExplained) {
  const std::string header = "issued_ns,op,length_bytes,flags\n";
  EXPECT_THAT(error_of_text(header + "0,raed,512,\n"),
              HasSubstr("input:2: an op 'raed' is none of read write flush trim"));
  EXPECT_THAT(error_of_text(header + "0,read,512,fua+\n"),
              HasSubstr("a flag '' is none of fua meta read_ahead merged"));
  EXPECT_THAT(error_of_text(header + "0,read,512\n"), HasSubstr("flags is missing"));
  EXPECT_THAT(error_of_text(header + "1.5,read,512,\n"),
              HasSubstr("issued_ns '1.5' is not a whole number in range"));
}

TEST(Csv, AnotherCsvIsNotRecognised) {
  EXPECT_THAT(error_of_text("granularity,algo,cache_size,requests\npage4k,LRU,16384,1141869\n"),
              HasSubstr("its format is not recognised"));
}

TEST(Csv, RefusesAFlagWithoutAName) {
  EXPECT_THAT(refusal_of({{.flags = 16}}, "csv"),
              HasSubstr("record 1 has an op, a flag or a buffer action without a name; csv cannot say that"));
}

}  // namespace
}  // namespace blkpath
