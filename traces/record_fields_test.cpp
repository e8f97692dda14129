#include "traces/record_fields.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Of a replay and of a block trace: between them they have all fields.
std::vector<IoRecord> made_up(std::uint32_t first_device) {
  std::vector<IoRecord> records(2);
  for (IoRecord& r : records) {
    r.issued = 1ms;
    r.submitted = 2ms;
    r.completed = 3ms;
    r.offset = 4096;
    r.length = 4096;
    r.result = 4096;
    r.device = first_device;
    r.flags = IoRecord::kFua;
  }
  records[0].intended = 500us;
  records[0].reaped = 4ms;
  records[0].job = 3;
  records[0].buffer = IoRecord::Buffer::hit;
  records[1].issued = 10ms;
  records[1].allocated = 11ms;
  records[1].inserted = 12ms;
  records[1].submitted = 13ms;
  records[1].completed = 14ms;
  records[1].offset = 1 << 20;
  records[1].device = 1;
  return records;
}

TEST(RecordFields, ARecordKnowsWhatIsNotItsDefault) {
  EXPECT_THAT(names_of(known_fields({})), IsEmpty());
  const std::vector<IoRecord> records = made_up(0);
  EXPECT_THAT(names_of(known_fields(records[0])), ElementsAre("intended", "submitted", "completed", "reaped",
                                                              "result", "job", "flags", "buffer"));
  EXPECT_THAT(names_of(known_fields(records[1])),
              ElementsAre("allocated", "inserted", "submitted", "completed", "result", "device", "flags"));
  EXPECT_EQ(known_fields(records[0]) | known_fields(records[1]), record_field::all);
}

class Written : public ::testing::TestWithParam<std::string> {
 protected:
  const TraceFormat& format() const { return find_trace_format(GetParam(), ""); }
};

/// What is written and read again has the fields that the format claims to hold, and no others.
TEST_P(Written, AFormatHoldsWhatItSays) {
  std::vector<IoRecord> records = made_up(0);
  if (!refusal_of(records, GetParam()).empty()) records = made_up(1);  // it knows one device
  unsigned known = 0;
  for (const IoRecord& r : read_text(write_text(records, GetParam()), GetParam())) known |= known_fields(r);
  if ((known & record_field::end) != 0) known |= record_field::end;
  EXPECT_THAT(names_of(static_cast<RecordFields>(known)), names_of(format().holds));
}

TEST_P(Written, EachRecordIsWrittenOrCountedByItsKind) {
  for (const Op op : {Op::read, Op::write, Op::flush, Op::trim}) {
    std::vector<IoRecord> records = made_up(1);
    for (IoRecord& r : records) r.op = op;
    std::string out;
    const auto writer = format().write(ByteOutput::into(out), {});
    writer->write(records);
    writer->close();
    OpCounts wanted{};
    wanted.at(static_cast<std::size_t>(op)) =
        2 - static_cast<std::int64_t>(read_text(out, GetParam()).size());
    EXPECT_EQ(writer->left_out(), wanted);
  }
}

std::vector<std::string> written_formats() {
  std::vector<std::string> names;
  for (const auto& [name, format] : trace_formats())
    if (format.write != nullptr) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Formats, Written, ::testing::ValuesIn(written_formats()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace blkpath
