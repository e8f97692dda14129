// SYSTOR '17 traces (SNIA IOTTA 4964; Lee et al., "Understanding storage traffic characteristics on
// enterprise virtual desktop infrastructure"): CSV with a header line, and rows in the order of their
// completion:
//   Timestamp,Response,IOType,LUN,Offset,Size
// Timestamp is the issue, in Unix seconds, and Response lasts from there to completion, in seconds, both with
// nine digits; Response may be empty. Offset and size are bytes.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr std::string_view kHeader = "Timestamp,Response,IOType,LUN,Offset,Size\n";
constexpr const char* kExample = "1456095145.133076000,0.000806000,R,0,899056122368,131072";

class SystorReader final : public LineTraceReader {
 public:
  SystorReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "systor";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty() || (first_line() && line.starts_with("Timestamp"))) return false;
    Fields fields(line, ',');
    const std::int64_t stamp = from_zero(fields.decimal("a time stamp in s", 9), "a time stamp");
    r.issued = since_first_date(stamp);
    if (!fields.skip_empty()) {
      const std::int64_t response = from_zero(fields.decimal("a response in s", 9), "a response");
      r.completed = plus(r.issued, Time{response}, "a response");
    }
    r.op = fields.one_of("a type", "R", "W") == 0 ? Op::read : Op::write;
    r.device = fields.number<std::uint32_t>("a LUN");
    r.offset = from_zero(fields.number<std::int64_t>("an offset in bytes"), "an offset");
    r.length = fields.number<std::uint32_t>("a size in bytes");
    fields.end();
    return true;
  }
};

class SystorWriter final : public LineTraceWriter {
 public:
  SystorWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options)
      : LineTraceWriter(std::move(out), "systor", kHeader), epoch_ns_(options.meta.epoch_ns) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    const std::int64_t stamp = stamp_ns(r.issued, epoch_ns_), offset = known_offset(r);
    const auto text = std::back_inserter(out);
    fmt::format_to(text, "{}.{:09},", stamp / kSecond, stamp % kSecond);
    if (r.done()) {
      const std::int64_t response = span_ns(r.issued, r.end(), "a response");
      fmt::format_to(text, "{}.{:09}", response / kSecond, response % kSecond);
    }
    fmt::format_to(text, ",{},{},{},{}\n", r.op == Op::read ? 'R' : 'W', r.device, offset, r.length);
    return true;
  }

 private:
  std::int64_t epoch_ns_;
};

int recognise(std::string_view head, std::string_view) { return parses_as<SystorReader>(head) ? 95 : 0; }

const RegisteredFormat registered{{"systor",
                                   "SYSTOR '17 CSV: time in s, response in s, R|W, LUN, offset, size",
                                   kExample, record_field::device | record_field::end, recognise,
                                   make_reader<SystorReader>, make_writer<SystorWriter>}};

}  // namespace
}  // namespace blkpath
