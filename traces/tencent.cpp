// Tencent Cloud Block Storage traces (SNIA IOTTA 27917; Zhang et al., USENIX ATC '20): CSV of
//   Timestamp,Offset,Size,IOType,VolumeID
// Timestamp is in whole Unix seconds and now and then goes back by one; offset and size are sectors of 512
// bytes; IOType is 0 for a read and 1 for a write. There are no completions.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "1538323200,4247200,128,1,1058";

class TencentReader final : public LineTraceReader {
 public:
  TencentReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "tencent";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty() || (first_line() && line.starts_with("Timestamp"))) return false;
    Fields fields(line, ',');
    const auto stamp = from_zero(fields.number<std::int64_t>("a time stamp in s"), "a time stamp");
    const std::int64_t ns = times(stamp, kSecond, "a time stamp in s");
    r.issued = since_first_date(ns);
    r.offset = sectors(fields.number<std::int64_t>("an offset in sectors"), "an offset in sectors");
    r.length =
        length_of(sectors(fields.number<std::uint32_t>("a size in sectors"), "a size in sectors"), "a size");
    r.op = fields.one_of("an I/O type", "0", "1") == 0 ? Op::read : Op::write;
    r.device = fields.number<std::uint32_t>("a volume");
    fields.end();
    return true;
  }
};

class TencentWriter final : public LineTraceWriter {
 public:
  TencentWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options)
      : LineTraceWriter(std::move(out), "tencent"), epoch_ns_(options.meta.epoch_ns) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{}\n", stamp_ns(r.issued, epoch_ns_) / kSecond,
                   in_sectors(known_offset(r), "an offset"), in_sectors(r.length, "a length"),
                   r.op == Op::read ? 0 : 1, r.device);
    return true;
  }

 private:
  std::int64_t epoch_ns_;
};

/// Five whole numbers say little, so the first must be a date: 1e18 ns is September 2001.
int recognise(std::string_view head, std::string_view) {
  const auto meta = parse_head<TencentReader>(head);
  return meta && meta->epoch_ns >= kSecond * kSecond ? 80 : 0;
}

const RegisteredFormat registered{
    {"tencent", "Tencent CBS CSV: time in s, offset and size in sectors, 0|1, volume", kExample,
     record_field::device, recognise, make_reader<TencentReader>, make_writer<TencentWriter>}};

}  // namespace
}  // namespace blkpath
