// Alibaba Cloud block traces of 2020 (github.com/alibaba/block-traces; Li et al., IISWC '20): CSV of
//   device_id,opcode,offset,length,timestamp
// opcode is R or W; offset and length are bytes; timestamp is in microseconds of Unix time. There are no
// completions.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "419,W,8792731648,16384,1577808144360767";

class AlibabaReader final : public LineTraceReader {
 public:
  AlibabaReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "alibaba";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty() || (first_line() && line.starts_with("device_id"))) return false;
    Fields fields(line, ',');
    r.device = fields.number<std::uint32_t>("a device");
    r.op = fields.one_of("an opcode", "R", "W") == 0 ? Op::read : Op::write;
    r.offset = from_zero(fields.number<std::int64_t>("an offset in bytes"), "an offset");
    r.length = fields.number<std::uint32_t>("a length in bytes");
    const auto stamp = from_zero(fields.number<std::int64_t>("a time stamp in us"), "a time stamp");
    const std::int64_t ns = times(stamp, kMicro, "a time stamp in us");
    r.issued = since_first_date(ns);
    fields.end();
    return true;
  }
};

class AlibabaWriter final : public LineTraceWriter {
 public:
  AlibabaWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options)
      : LineTraceWriter(std::move(out), "alibaba"), epoch_ns_(options.meta.epoch_ns) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{}\n", r.device, r.op == Op::read ? 'R' : 'W',
                   known_offset(r), r.length, stamp_ns(r.issued, epoch_ns_) / kMicro);
    return true;
  }

 private:
  std::int64_t epoch_ns_;
};

int recognise(std::string_view head, std::string_view) { return parses_as<AlibabaReader>(head) ? 90 : 0; }

const RegisteredFormat registered{{"alibaba", "Alibaba Cloud CSV: device, R|W, offset, length, time in us",
                                   kExample, record_field::device, recognise, make_reader<AlibabaReader>,
                                   make_writer<AlibabaWriter>}};

}  // namespace
}  // namespace blkpath
