// DiskSim's validation traces, the measured.trace beside each of its disks: one request outstanding, fields
// between blanks,
//   R|W buffer_action LBN blocks response_us delay_us
// LBN counts blocks of 512 bytes; response is measured; delay lasts from this completion to the next issue,
// so issue times follow: issued[i+1] = completed[i] + delay[i]. The buffer action is what the drive's buffer
// did: Hit, Miss, Doub, Trip; any other word is read as unknown.
#include <optional>
#include <utility>

#include "traces/line_format.hpp"

namespace blkpath {
namespace {

constexpr const char* kExample = "R Hit 3962268 12 6657.00000 64047.00000";
constexpr std::array kWords{
    std::pair{IoRecord::Buffer::hit, "Hit"}, std::pair{IoRecord::Buffer::miss, "Miss"},
    std::pair{IoRecord::Buffer::doub, "Doub"}, std::pair{IoRecord::Buffer::trip, "Trip"}};

IoRecord::Buffer buffer_of(std::string_view word) {
  for (const auto& [buffer, name] : kWords)
    if (word == name) return buffer;
  return IoRecord::Buffer::unknown;
}

const char* word_of(IoRecord::Buffer buffer) {
  for (const auto& [known, name] : kWords)
    if (buffer == known) return name;
  return "Unkn";
}

class ValidateReader final : public LineTraceReader {
 public:
  ValidateReader(std::unique_ptr<ByteInput> in, const ReadOptions& options)
      : LineTraceReader(std::move(in), options, kExample) {
    meta_.format = "disksim-validate";
  }

 protected:
  bool parse(std::string_view line, IoRecord& r) override {
    Fields fields(line, ' ');
    if (fields.done()) return false;
    r.op = fields.one_of("a direction", "R", "W") == 0 ? Op::read : Op::write;
    r.buffer = buffer_of(fields.text("a buffer action"));
    r.offset = sectors(fields.number<std::int64_t>("an LBN"), "an LBN");
    r.length =
        length_of(sectors(fields.number<std::uint32_t>("a count of blocks"), "a count of blocks"), "a size");
    const std::int64_t response = from_zero(fields.decimal("a response in us", 3), "a response");
    const std::int64_t delay = from_zero(fields.decimal("a delay in us", 3), "a delay");
    fields.end();
    r.issued = next_;
    r.completed = plus(r.issued, Time{response}, "a response");
    next_ = plus(r.completed, Time{delay}, "a delay");
    return true;
  }

 private:
  Time next_{0};  ///< when the next one is issued
};

class ValidateWriter final : public LineTraceWriter {
 public:
  ValidateWriter(std::unique_ptr<ByteOutput> out, const WriteOptions&)
      : LineTraceWriter(std::move(out), "disksim-validate") {}

 protected:
  bool line(const IoRecord& r, fmt::memory_buffer& out) override {
    if (!reads_or_writes(r)) return false;
    device_.check(r);
    in_sectors(known_offset(r), "an offset");
    in_sectors(r.length, "a length");
    span_ns(r.issued, known_end(r), "a response");
    if (before_ && r.issued < before_->end())
      throw BadRecord("was issued before the one in front of it was done");
    if (before_) put(*before_, span_ns(before_->end(), r.issued, "a delay"), out);
    before_ = r;
    return true;
  }
  /// Nothing follows the last record, so its delay is 0.
  void last(fmt::memory_buffer& out) override {
    if (before_) put(*before_, 0, out);
  }

 private:
  static void put(const IoRecord& r, std::int64_t delay, fmt::memory_buffer& out) {
    const std::int64_t response = (r.end() - r.issued).count();
    fmt::format_to(std::back_inserter(out), "{} {} {} {} {}.{:03} {}.{:03}\n", r.op == Op::read ? 'R' : 'W',
                   word_of(r.buffer), r.offset / kSectorSize.n, r.length / kSectorSize.n, response / kMicro,
                   response % kMicro, delay / kMicro, delay % kMicro);
  }

  OneDevice device_;
  std::optional<IoRecord> before_;  ///< waits for its delay
};

int recognise(std::string_view head, std::string_view) { return parses_as<ValidateReader>(head) ? 90 : 0; }

const RegisteredFormat registered{
    {"disksim-validate", "DiskSim validation: R|W, buffer action, LBN, blocks, response and delay in us",
     kExample, record_field::end | record_field::buffer, recognise, make_reader<ValidateReader>,
     make_writer<ValidateWriter>}};

}  // namespace
}  // namespace blkpath
