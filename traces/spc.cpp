// SPC trace file format of the Storage Performance Council, as in the UMass repository's Financial and
// WebSearch traces (traces.cs.umass.edu): CSV of
//   ASU,LBA,Size,Opcode,Timestamp[,optional fields]
// ASU is the application's storage unit, LBA counts blocks of 512 bytes, size is in bytes, opcode is R or W
// in either case, timestamp is in seconds since the trace began. There are no completions; optional fields
// are left out.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "0,20941264,8192,W,0.551706";

class SpcReader final : public LineTraceReader {
 public:
  SpcReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "spc";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty()) return false;
    Fields fields(line, ',');
    r.device = fields.number<std::uint32_t>("an ASU");
    r.offset = sectors(fields.number<std::int64_t>("an LBA in sectors"), "an LBA in sectors");
    r.length = fields.number<std::uint32_t>("a size in bytes");
    const std::string_view opcode = fields.text("an opcode");
    if (opcode == "R" || opcode == "r")
      r.op = Op::read;
    else if (opcode == "W" || opcode == "w")
      r.op = Op::write;
    else
      throw BadLine(fmt::format("an opcode R or W, not '{:.60}'", opcode));
    r.issued = since_first(from_zero(fields.decimal("a time stamp in s", 9), "a time stamp"));
    return true;
  }
};

class SpcWriter final : public LineTraceWriter {
 public:
  SpcWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&) : LineTraceWriter(std::move(out), "spc") {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    const std::int64_t stamp = stamp_ns(r.issued);
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{}.{:09}\n", r.device,
                   in_sectors(known_offset(r), "an offset"), r.length, r.op == Op::read ? 'R' : 'W',
                   stamp / kSecond, stamp % kSecond);
    return true;
  }
};

int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".spc") ? 90 : 0;
  return parses_as<SpcReader>(head) ? 85 : 0;
}

const RegisteredFormat registered{{"spc", "SPC (UMass) CSV: ASU, LBA, size, R|W, time in s", kExample,
                                   record_field::device, recognise, make_reader<SpcReader>,
                                   make_writer<SpcWriter>}};

}  // namespace
}  // namespace blkpath
