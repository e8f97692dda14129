/// What the formats of one line per record share: lines, fields, errors with file and line.
#pragma once
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "traces/format.hpp"

namespace blkpath {

/// Lines of a ByteInput without their end ("\n" or "\r\n"), without copying.
class LineReader {
 public:
  static constexpr std::size_t kLongestLine = 1 << 16;
  explicit LineReader(std::unique_ptr<ByteInput> in) : in_(std::move(in)) {}
  /// @return false at the end. `line` is valid until the next call.
  /// @throws ConfigError when a line is longer than kLongestLine
  bool next(std::string_view& line);
  std::int64_t number() const { return number_; }  ///< of the line last returned, from 1
  const std::string& name() const { return in_->name(); }

 private:
  std::unique_ptr<ByteInput> in_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::int64_t number_ = 0;
  bool ended_ = false;
};

/// A line is not what it should be. The message says what was expected: "an offset in bytes, not '12x'".
struct BadLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Fields of one line, from left to right.
class Fields {
 public:
  /// @param separator  ',' and the like; ' ' stands for any run of blanks and tabs
  Fields(std::string_view line, char separator) : rest_(line), separator_(separator) { trim(); }

  bool done() const { return rest_.empty() && !pending_; }
  /// The next field, without blanks around it. @throws BadLine "<what> is missing"
  std::string_view text(const char* what);
  /// A whole number in decimal. @throws BadLine "<what> '<text>' is not a whole number"
  template <class Int>
  Int number(const char* what) {
    const std::string_view field = text(what);
    Int value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || end != field.data() + field.size()) not_a_number(what, field);
    return value;
  }
  /// A decimal fraction times 10^`scale`, exactly: "1456095145.133076000" and 9 give nanoseconds. Digits past
  /// that are dropped. @throws BadLine also when it does not fit in 63 bits
  std::int64_t decimal(const char* what, int scale);
  /// @throws BadLine "nothing more, not '<text>'" unless done()
  void end() const;

 private:
  [[noreturn]] static void not_a_number(const char* what, std::string_view field);
  void trim();

  std::string_view rest_;
  char separator_;
  bool pending_ = false;  ///< a separator was the last thing read: an empty field follows
};

/// A reader that makes at most one record of each line.
class LineTraceReader : public TraceReader {
 public:
  std::size_t read(std::span<IoRecord> out) final;
  const TraceMeta& meta() const final { return meta_; }
  std::int64_t skipped() const final { return skipped_; }

 protected:
  /// @param example  a good line, shown in errors
  LineTraceReader(std::unique_ptr<ByteInput> in, const ReadOptions& options, std::string example)
      : lines_(std::move(in)), left_to_skip_(options.skip_bad), example_(std::move(example)) {}
  /// @return whether `record` (fresh, with defaults) was filled; false for comments, headers and the like
  /// @throws BadLine
  virtual bool parse(std::string_view line, IoRecord& record) = 0;
  /// Time since the first record's, for a format whose stamps are dates. The first call sets the trace's
  /// zero.
  /// @throws BadLine when the difference does not fit
  Time since_first(std::int64_t ns) {
    if (!zero_set_) {
      zero_ = ns;
      zero_set_ = true;
    }
    std::int64_t t = 0;
    if (__builtin_sub_overflow(ns, zero_, &t)) throw BadLine("a time within 292 years of the first");
    return Time{t};
  }
  bool first_line() const { return lines_.number() == 1; }

  TraceMeta meta_;

 private:
  LineReader lines_;
  std::int64_t left_to_skip_, skipped_ = 0, zero_ = 0;
  bool zero_set_ = false;
  std::string example_;
};

/// A writer that makes one line of each record.
class LineTraceWriter : public TraceWriter {
 public:
  explicit LineTraceWriter(std::unique_ptr<ByteOutput> out) : out_(std::move(out)) {}
  void write(std::span<const IoRecord> records) final;
  void close() final;

 protected:
  /// Appends the record's line, with its end, to `out`; nothing when the format has no word for it.
  virtual void line(const IoRecord& record, fmt::memory_buffer& out) = 0;

 private:
  std::unique_ptr<ByteOutput> out_;
  fmt::memory_buffer buffer_;
};

/// For TraceFormat::recognise: whether the first lines of `head` can be read by Reader, at least one as a
/// record.
template <class Reader>
bool parses_as(std::string_view head) {
  constexpr std::size_t kEnough = 8;
  const std::size_t last = head.rfind('\n');  // the line that `head` cuts off says nothing
  if (last != std::string_view::npos) head = head.substr(0, last + 1);
  try {
    std::array<IoRecord, kEnough> records;
    return Reader(ByteInput::from(head, ""), ReadOptions{}).read(records) > 0;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace blkpath
