// MSR Cambridge block traces (SNIA IOTTA 388; Narayanan et al., FAST '08): CSV of
//   Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime
// Timestamp is a Windows FILETIME (100 ns since 1601) of the request's issue, ResponseTime is in the same
// unit; offset and size are bytes. The host's name is left out.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;  ///< FILETIME of 1970
constexpr const char* kExample = "128166372003061629,usr,0,Read,7014609920,24576,41286";

class MsrReader final : public LineTraceReader {
 public:
  MsrReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "msr";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty() || (first_line() && line.starts_with("Timestamp"))) return false;
    Fields fields(line, ',');
    const auto stamp = fields.number<std::int64_t>("a time stamp");
    if (stamp < kUnixEpoch) throw BadLine("a time stamp in 100 ns since 1601");
    r.issued = since_first_date(times(stamp - kUnixEpoch, 100, "a time stamp"));
    fields.text("a host name");
    r.device = fields.number<std::uint32_t>("a disk number");
    const std::string_view type = fields.text("a type");
    if (type != "Read" && type != "Write") throw BadLine("Read or Write, not '" + std::string(type) + "'");
    r.op = type == "Read" ? Op::read : Op::write;
    r.offset = fields.number<std::int64_t>("an offset in bytes");
    if (r.offset < 0) throw BadLine("an offset from 0 up");
    r.length = fields.number<std::uint32_t>("a size in bytes");
    const auto response = from_zero(fields.number<std::int64_t>("a response time"), "a response time");
    r.completed = plus(r.issued, Time{times(response, 100, "a response time")}, "a response time");
    fields.end();
    return true;
  }
};

class MsrWriter final : public LineTraceWriter {
 public:
  MsrWriter(std::unique_ptr<ByteOutput> out, const WriteOptions& options)
      : LineTraceWriter(std::move(out), "msr"), zero_(options.meta.epoch_ns) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    fmt::format_to(std::back_inserter(out), "{},blkpath,{},{},{},{},{}\n",
                   stamp_ns(r.issued, zero_) / 100 + kUnixEpoch, r.device,
                   r.op == Op::read ? "Read" : "Write", r.offset, r.length,
                   r.done() ? span_ns(r.issued, r.end(), "a response") / 100 : 0);
    return true;
  }

 private:
  std::int64_t zero_;
};

int recognise(std::string_view head, std::string_view) { return parses_as<MsrReader>(head) ? 95 : 0; }

const RegisteredFormat registered{
    {"msr", "MSR Cambridge CSV: FILETIME, host, disk, Read|Write, offset, size, response", kExample,
     record_field::device | record_field::end, recognise, make_reader<MsrReader>, make_writer<MsrWriter>}};

}  // namespace
}  // namespace blkpath
