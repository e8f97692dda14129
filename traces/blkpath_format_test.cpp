#include <gmock/gmock.h>

#include "traces/blkpath_layout.hpp"
#include "traces/test/trace_text.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

IoRecord replayed(Time issued, std::int64_t offset) {
  IoRecord r;
  r.intended = issued - 5us;
  r.issued = issued;
  r.submitted = issued + 2us;
  r.completed = issued + 90us;
  r.reaped = issued + 91us;
  r.offset = offset;
  r.length = 4096;
  r.result = 4096;
  r.device = 3;
  r.job = 7;
  r.op = Op::write;
  r.flags = IoRecord::kFua;
  return r;
}

std::string written(const std::vector<IoRecord>& records) { return write_text(records, "blkpath"); }

TEST(BlkpathFormat, KeepsEveryField) {
  IoRecord failed = replayed(1ms, 8192);
  failed.result = -5;
  failed.op = Op::flush;
  IoRecord bare;
  bare.issued = 2ms;
  bare.buffer = IoRecord::Buffer::trip;
  IoRecord block;
  block.issued = 3ms;
  block.allocated = 3ms + 1us;
  block.inserted = 3ms + 2us;
  block.submitted = 3ms + 3us;
  block.completed = 4ms;
  const std::vector<IoRecord> all{replayed(20us, 0), failed, bare, block};
  EXPECT_EQ(read_text(written(all)), all);
}

TEST(BlkpathFormat, TakesFortyBytesForEach) {
  const std::size_t one = written(std::vector<IoRecord>(1, replayed(1ms, 0))).size();
  EXPECT_EQ(written(std::vector<IoRecord>(101, replayed(1ms, 0))).size() - one, 100 * 40u);
}

TEST(BlkpathFormat, KeepsTimesThatGoBackwardsAndFarApart) {
  std::vector<IoRecord> all;
  for (const Time t : {Time{1h}, Time{1h - 1ns}, Time{0}, Time{200h}, Time{-3s}, Time{-3s + 274s}})
    all.push_back(replayed(t, 512));
  EXPECT_EQ(read_text(written(all)), all);
}

TEST(BlkpathFormat, LongSpansAreRoundedToAMicrosecond) {
  using layout::pack_span, layout::unpack_span;
  EXPECT_EQ(unpack_span(pack_span(2'147'483'647)), 2'147'483'647);
  EXPECT_EQ(unpack_span(pack_span(2'147'483'648)), 2'147'483'648);
  EXPECT_EQ(unpack_span(pack_span(2'147'484'160)), 2'147'484'672);  // 512 ns past a unit: up
  EXPECT_EQ(unpack_span(pack_span(2'147'484'159)), 2'147'483'648);
  EXPECT_EQ(pack_span(1'000'000'000'000'000), layout::kLongest);
  EXPECT_EQ(pack_span(-1), 0u);
}

TEST(BlkpathFormat, MetadataComesBack) {
  WriteOptions options;
  options.meta.epoch_ns = 1'200'000'000'000'000'000;
  options.meta.machine = R"({"kernel":"6.1"})";
  options.meta.notes = {"a note"};
  std::string out;
  const auto writer = find_trace_format("blkpath", "").write(ByteOutput::into(out), options);
  writer->write(std::vector<IoRecord>{replayed(1us, 0)});
  TraceMeta more;
  more.notes = {"learnt later"};
  writer->append(more);
  writer->close();
  const auto reader = read_trace(ByteInput::from(out, "x"));
  EXPECT_EQ(read_all(*reader).size(), 1u);
  EXPECT_EQ(reader->meta().epoch_ns, options.meta.epoch_ns);
  EXPECT_EQ(reader->meta().machine, options.meta.machine);
  EXPECT_THAT(reader->meta().notes, ElementsAre("a note", "learnt later"));
}

TEST(BlkpathFormat, ACutOffEndLosesOnlyTheLastBlock) {
  const std::vector<IoRecord> all(3 * layout::kRecordsPerBlock, replayed(1ms, 0));
  const std::string whole = written(all);
  for (const std::size_t lost : {1u, 30'000u, 65'520u}) {
    const auto reader =
        read_trace(ByteInput::from(std::string_view(whole).substr(0, whole.size() - lost), "x"));
    EXPECT_EQ(read_all(*reader).size(), 2 * layout::kRecordsPerBlock);
    EXPECT_THAT(reader->meta().notes, ElementsAre(HasSubstr("the last block is cut off")));
  }
}

TEST(BlkpathFormat, ADamagedBlockIsRefusedOrPassedOver) {
  const std::vector<IoRecord> all(2 * layout::kRecordsPerBlock, replayed(1ms, 0));
  std::string bytes = written(all);
  bytes[bytes.size() - 50'000] ^= 1;
  EXPECT_THAT(error_of_text(bytes), HasSubstr("its checksum is wrong"));
  EXPECT_THAT(error_of_text(bytes, "", {.skip_bad = layout::kRecordsPerBlock - 1}), HasSubstr("checksum"));
  EXPECT_EQ(read_text(bytes, "", {.skip_bad = layout::kRecordsPerBlock}).size(), layout::kRecordsPerBlock);
}

TEST(BlkpathFormat, AnotherVersionIsNamed) {
  std::string bytes = written({replayed(1ms, 0)});
  bytes[4] = 2;
  EXPECT_THAT(error_of_text(bytes), HasSubstr("block at byte 0: version 2; this program reads version 1"));
}

}  // namespace
}  // namespace blkpath
