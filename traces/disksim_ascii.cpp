// DiskSim's default ASCII trace format (Bucy et al., "The DiskSim Simulation Environment Version 4.0
// Reference Manual", section on trace formats): fields between blanks,
//   arrival_ms device block_number size_in_blocks flags
// The arrival is a decimal fraction, blocks have 512 bytes, flags are hexadecimal: bit 0 is set for a read.
// The other flags, which are DiskSim's priorities, are left out. There are no completions.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "6.105000 0 2335212 8 1";
constexpr std::uint32_t kRead = 1;

class DiskSimReader final : public LineTraceReader {
 public:
  DiskSimReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "disksim-ascii";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    Fields fields(line, ' ');
    if (fields.done()) return false;
    r.issued = since_first(from_zero(fields.decimal("an arrival in ms", 6), "an arrival"));
    r.device = fields.number<std::uint32_t>("a device");
    r.offset = sectors(fields.number<std::int64_t>("a block number"), "a block number");
    r.length =
        length_of(sectors(fields.number<std::uint32_t>("a size in blocks"), "a size in blocks"), "a size");
    r.op = (fields.hexadecimal("flags") & kRead) != 0 ? Op::read : Op::write;
    fields.end();
    return true;
  }
};

class DiskSimWriter final : public LineTraceWriter {
 public:
  DiskSimWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), "disksim-ascii") {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    const std::int64_t stamp = stamp_ns(r.issued);
    fmt::format_to(std::back_inserter(out), "{}.{:06} {} {} {} {}\n", stamp / kMilli, stamp % kMilli,
                   r.device, in_sectors(known_offset(r), "an offset"), in_sectors(r.length, "a length"),
                   r.op == Op::read ? 1 : 0);
    return true;
  }
};

/// MQSim's traces have the same five fields, but only whole numbers; DiskSim's arrivals nearly always have a
/// point.
int recognise(std::string_view head, std::string_view) {
  if (!parses_as<DiskSimReader>(head)) return 0;
  return head.find('.') != std::string_view::npos ? 85 : 40;
}

const RegisteredFormat registered{
    {"disksim-ascii", "DiskSim ASCII: arrival in ms, device, block, blocks, flags", kExample,
     record_field::device, recognise, make_reader<DiskSimReader>, make_writer<DiskSimWriter>}};

}  // namespace
}  // namespace blkpath
