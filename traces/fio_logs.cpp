// fio's per-I/O logs (fio manual, "Log file formats"; --write_lat_log and its kind), of fio 3.20 and later:
// CSV of
//   time_ms, value, direction, block_size[, offset], priority
// direction is 0 for a read, 1 for a write, 2 for a trim; the offset is there with log_offset=1. Each kind of
// log is a format of its own, told from the file's name (x_lat.1.log), because the lines are all alike:
//
//   fio-lat    value: ns from issue to completion. completed = time, issued = time - value
//   fio-clat   value: ns from submission to completion. completed = time, submitted = issued = time - value
//   fio-slat   value: ns from issue to submission. submitted = time, issued = time - value; no completion
//   fio-bw     value: the I/O's rate. issued = time, which is its completion; no latency
//   fio-iops   value: 1. As fio-bw
//
// Times are whole milliseconds since the start of the job, rounded down, and stay so: a first I/O may have
// been issued before 0 by less than one. An averaged log (log_avg_msec) has a block size of 0 and holds no
// single I/Os; it is refused. Priorities are left out, and so are results, devices and flushes, which fio
// does not log.
#include "traces/line_format.hpp"

namespace blkpath {
namespace {

enum class Kind { lat, clat, slat, bw, iops };

template <Kind kind>
constexpr std::string_view kWord = kind == Kind::lat    ? "lat"
                                   : kind == Kind::clat ? "clat"
                                   : kind == Kind::slat ? "slat"
                                   : kind == Kind::bw   ? "bw"
                                                        : "iops";
template <Kind kind>
constexpr RecordFields kHolds = kind == Kind::lat    ? record_field::end
                                : kind == Kind::clat ? record_field::submitted | record_field::end
                                : kind == Kind::slat ? record_field::submitted
                                                     : 0;
template <Kind kind>
std::string name_of() {
  return fmt::format("fio-{}", kWord<kind>);
}
constexpr const char* kExample = "12, 580451, 0, 4096, 880640, 0";

template <Kind kind>
class FioLogReader final : public LineTraceReader {
 public:
  FioLogReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = name_of<kind>();
    if constexpr (kind == Kind::bw || kind == Kind::iops)
      meta_.notes.emplace_back("issue times are completions in whole ms: this kind of log has no latencies");
    if constexpr (kind == Kind::clat)
      meta_.notes.emplace_back(
          "issue times are submissions: a clat log does not tell how long submitting took");
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (line.empty()) return false;
    Fields fields(line, ',');
    const auto ms = from_zero(fields.template number<std::int64_t>("a time in ms"), "a time");
    const auto value = from_zero(fields.template number<std::int64_t>("a value"), "a value");
    r.op = direction(fields.text("a direction"));
    r.length = fields.template number<std::uint32_t>("a block size in bytes");
    if (r.length == 0)
      fail(
          "a log of single I/Os, not of averages (block size 0); run fio without log_avg_msec, "
          "log_hist_msec");
    if (fields.count() == 2)
      r.offset = from_zero(fields.template number<std::int64_t>("an offset in bytes"), "an offset");
    priority(fields);
    fields.end();
    times_of(r, Time{times(ms, kMilli, "a time in ms")}, Time{value});
    return true;
  }

 private:
  static Op direction(std::string_view field) {
    if (field == "0") return Op::read;
    if (field == "1") return Op::write;
    if (field == "2") return Op::trim;
    throw BadLine(fmt::format("a direction 0, 1 or 2, not '{:.60}'", field));
  }
  /// 0 or 1, or in hexadecimal with log_prio. A greater one is the offset of a log from before fio 3.20.
  static void priority(Fields& fields) {
    const std::string_view field = fields.text("a priority");
    if (field != "0" && field != "1" && !field.starts_with("0x"))
      throw BadLine(fmt::format("a priority 0, 1 or in hexadecimal, not '{:.60}'", field));
  }
  static void times_of(IoRecord& r, Time time, Time value) {
    r.issued = time;
    if constexpr (kind == Kind::lat || kind == Kind::clat) {
      r.issued = plus(time, -value, "a latency");
      r.completed = time;
    }
    if constexpr (kind == Kind::clat) r.submitted = r.issued;
    if constexpr (kind == Kind::slat) {
      r.issued = plus(time, -value, "a latency");
      r.submitted = time;
    }
  }
};

template <Kind kind>
class FioLogWriter final : public LineTraceWriter {
 public:
  FioLogWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), name_of<kind>()) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (r.op == Op::flush) return false;
    if (r.length == 0) throw BadRecord("has no length");
    if (kind != Kind::lat && r.submitted == IoRecord::kUnknown) throw BadRecord("has no time of submission");
    const Time time = kind == Kind::slat ? r.submitted : known_end(r);
    const std::int64_t value = span_ns(kind == Kind::clat ? r.submitted : r.issued, time, "a latency");
    const auto text = std::back_inserter(out);
    fmt::format_to(text, "{}, {}, {}, {}, ", stamp_ns(time) / kMilli, value, direction(r.op), r.length);
    if (first_) offsets_ = r.offset >= 0;
    first_ = false;
    if (offsets_ != (r.offset >= 0))
      throw BadRecord("has an offset where others have none, or none where others have");
    if (offsets_) fmt::format_to(text, "{}, ", r.offset);
    fmt::format_to(text, "0\n");
    return true;
  }

 private:
  static int direction(Op op) { return op == Op::read ? 0 : op == Op::write ? 1 : 2; }

  bool first_ = true, offsets_ = false;
};

/// "x_lat.1.log", "x_lat.log": the name decides; the lines must fit as well, averages included, to be refused
/// by name.
template <Kind kind>
int recognise(std::string_view head, std::string_view file_name) {
  if (!file_name.ends_with(".log")) return 0;
  const std::string word = fmt::format("_{}.", kWord<kind>);
  if (file_name.find(word) == std::string_view::npos) return 0;
  if (head.empty()) return 90;
  try {
    Fields fields(head.substr(0, head.find('\n')), ',');
    for (int i = 0; i < 4; ++i) fields.number<std::int64_t>("a number");
    return 95;
  } catch (const BadLine&) {
    return 0;
  }
}

template <Kind kind>
TraceFormat format(std::string sentence) {
  TraceFormat f{name_of<kind>(), std::move(sentence), kExample,
                kHolds<kind>,    recognise<kind>,     make_reader<FioLogReader<kind>>,
                nullptr};
  if constexpr (kind != Kind::bw && kind != Kind::iops) f.write = make_writer<FioLogWriter<kind>>;
  return f;
}

const RegisteredFormat lat{
    format<Kind::lat>("fio latency log, x_lat.1.log: time in ms, ns, direction, size, offset")};
const RegisteredFormat clat{format<Kind::clat>("fio completion latency log, x_clat.1.log")};
const RegisteredFormat slat{format<Kind::slat>("fio submission latency log, x_slat.1.log")};
const RegisteredFormat bw{format<Kind::bw>("fio bandwidth log of single I/Os, x_bw.1.log")};
const RegisteredFormat iops{format<Kind::iops>("fio IOPS log of single I/Os, x_iops.1.log")};

}  // namespace
}  // namespace blkpath
