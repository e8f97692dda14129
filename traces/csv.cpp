// blkpath's own CSV: a header line that names the columns, then one record per line. Every field of IoRecord
// has a column, named as the field and with its unit; an empty field is unknown. A reader takes columns in
// any order, and may be given fewer: issued_ns, op and length_bytes must be there. What is written reads back
// the same; the trace's epoch and notes are left out.
#include <bit>

#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr std::array<std::string_view, 15> kColumns{
    "issued_ns",    "intended_ns", "allocated_ns", "inserted_ns",  "submitted_ns",
    "completed_ns", "reaped_ns",   "op",           "offset_bytes", "length_bytes",
    "result",       "device",      "job",          "flags",        "buffer"};
enum Column {
  issued,
  intended,
  allocated,
  inserted,
  submitted,
  completed,
  reaped,
  op,
  offset,
  length,
  result,
  device,
  job,
  flags,
  buffer
};
constexpr std::array<Time IoRecord::*, 7> kTimes{
    &IoRecord::issued,    &IoRecord::intended,  &IoRecord::allocated, &IoRecord::inserted,
    &IoRecord::submitted, &IoRecord::completed, &IoRecord::reaped};
constexpr std::array<std::string_view, 4> kOps{"read", "write", "flush", "trim"};
constexpr std::array<std::string_view, 4> kFlags{"fua", "meta", "read_ahead", "merged"};  // bit 0, 1, ...
constexpr std::array<std::string_view, 5> kBuffers{"", "hit", "miss", "doub", "trip"};
constexpr const char* kExample = "0,,,,,4128600,,read,7014609920,24576,,0,0,,";

template <std::size_t n>
unsigned index_of(std::string_view word, const std::array<std::string_view, n>& words, const char* what) {
  for (unsigned i = 0; i < n; ++i)
    if (words[i] == word) return i;
  throw BadLine(fmt::format("{} '{:.60}' is none of {}", what, word, fmt::join(words, " ")));
}

/// "fua+meta"
std::uint8_t flags_of(std::string_view text) {
  unsigned all = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('+', at), text.size());
    all |= 1U << index_of(text.substr(at, end - at), kFlags, "a flag");
    at = end + 1;
  }
  return static_cast<std::uint8_t>(all);
}

class CsvReader final : public LineTraceReader {
 public:
  CsvReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "csv";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    if (first_line()) {
      header(line);
      return false;
    }
    if (line.empty()) return false;
    Fields fields(line, ',');
    r.issued = IoRecord::kUnknown;
    for (const Column column : columns_)
      if (!fields.skip_empty()) set(r, column, fields);
    fields.end();
    return true;
  }

 private:
  void header(std::string_view line) {
    unsigned seen = 0;
    for (Fields names(line, ','); !names.done();) {
      const std::string_view name = names.text("a column");
      const auto* const known = std::find(kColumns.begin(), kColumns.end(), name);
      if (known == kColumns.end())
        fail(fmt::format("there is no column '{:.60}'.{} The columns are {}", name,
                         did_you_mean(name, {kColumns.begin(), kColumns.end()}), fmt::join(kColumns, ",")));
      const auto column = static_cast<Column>(known - kColumns.begin());
      if ((seen >> column & 1U) != 0) fail(fmt::format("the column '{}' is there twice", name));
      seen |= 1U << column;
      columns_.push_back(column);
    }
    for (const Column needed : {issued, op, length})
      if ((seen >> needed & 1U) == 0) fail(fmt::format("the column '{}' is missing", kColumns[needed]));
  }

  static void set(IoRecord& r, Column column, Fields& fields) {
    switch (column) {
      case op:
        r.op = static_cast<Op>(index_of(fields.text("an op"), kOps, "an op"));
        break;
      case offset:
        r.offset = from_zero(fields.number<std::int64_t>("an offset in bytes"), "an offset");
        break;
      case length:
        r.length = fields.number<std::uint32_t>("a length in bytes");
        break;
      case result:
        r.result = fields.number<std::int32_t>("a result");
        break;
      case device:
        r.device = fields.number<std::uint32_t>("a device");
        break;
      case job:
        r.job = fields.number<std::uint16_t>("a job");
        break;
      case flags:
        r.flags = flags_of(fields.text("flags"));
        break;
      case buffer:
        r.buffer = static_cast<IoRecord::Buffer>(
            index_of(fields.text("a buffer action"), kBuffers, "a buffer action"));
        break;
      default:
        r.*kTimes[column] = Time{fields.number<std::int64_t>(kColumns[column].data())};
    }
  }

  std::vector<Column> columns_;
};

class CsvWriter final : public LineTraceWriter {
 public:
  CsvWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), "csv", fmt::format("{}\n", fmt::join(kColumns, ","))) {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    const auto buffer_index = static_cast<std::size_t>(r.buffer), op_index = static_cast<std::size_t>(r.op);
    if (op_index >= kOps.size() || buffer_index >= kBuffers.size() || r.flags >> kFlags.size() != 0)
      throw BadRecord("has an op, a flag or a buffer action without a name");
    if (r.offset < IoRecord::kNoOffset) throw BadRecord("has an offset below 0");
    for (const auto time : kTimes) number(out, (r.*time).count(), (r.*time) != IoRecord::kUnknown);
    out.append(kOps[op_index]);
    out.push_back(',');
    number(out, r.offset, r.offset != IoRecord::kNoOffset);
    number(out, r.length, true);
    number(out, r.result, r.result != IoRecord::kNoResult);
    number(out, r.device, true);
    number(out, r.job, true);
    for (unsigned left = r.flags; left != 0; left &= left - 1) {
      out.append(kFlags[std::countr_zero(left)]);
      if ((left & (left - 1)) != 0) out.push_back('+');
    }
    out.push_back(',');
    out.append(kBuffers[buffer_index]);
    out.push_back('\n');
    return true;
  }

 private:
  static void number(fmt::memory_buffer& out, std::int64_t value, bool known) {
    if (known) out.append(fmt::format_int(value));
    out.push_back(',');
  }
};

/// By the first line: its columns are blkpath's, or one of them must be, so that a misspelt one is explained.
int recognise(std::string_view head, std::string_view file_name) {
  if (head.empty()) return file_name.ends_with(".csv") ? 50 : 0;
  for (Fields names(head.substr(0, head.find('\n')), ','); !names.done();)
    if (names.text("a column") == kColumns[issued]) return 95;
  return 0;
}

const RegisteredFormat registered{{"csv", "blkpath's CSV: a header line, every field of a record by its name",
                                   kExample, record_field::all, recognise, make_reader<CsvReader>,
                                   make_writer<CsvWriter>}};

}  // namespace
}  // namespace blkpath
