/// What the formats of one line per record share: lines, fields, errors with file and line.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "traces/checked.hpp"
#include "traces/format.hpp"

namespace blkpath {

/// Lines of a ByteInput without their end ("\n" or "\r\n"), without copying.
class LineReader {
 public:
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  static constexpr std::size_t kLongestLine = 1
                                              << 9;  ///< fuzzers cross the ends of buffers, and start faster
#else
  static constexpr std::size_t kLongestLine = 1 << 16;
#endif
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

/// Fields of one line, from left to right.
class Fields {
 public:
  /// @param separator  ',' and the like; ' ' stands for any run of blanks and tabs
  Fields(std::string_view line, char separator) : rest_(line), separator_(separator) { trim(); }

  bool done() const { return rest_.empty() && !pending_; }
  /// How many there are from here on.
  std::size_t count() const {
    return done() ? 0 : 1 + static_cast<std::size_t>(std::count(rest_.begin(), rest_.end(), separator_));
  }
  /// The next field, without blanks around it. @throws BadLine "<what> is missing"
  std::string_view text(const char* what);
  /// A whole number in decimal. @throws BadLine "<what> '<text>' is not a whole number"
  template <class Int>
  Int number(const char* what) {
    Int value{};
    const char* const last = rest_.data() + rest_.size();
    const auto [stop, error] = std::from_chars(rest_.data(), last, value);
    if (error == std::errc{} && (stop == last || ends(*stop)))
        [[likely]] {  // one look at each digit, no search
      take(static_cast<std::size_t>(stop - rest_.data()));
      return value;
    }
    const std::string_view field = text(what);
    const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (problem != std::errc{} || end != field.data() + field.size()) not_a_number(what, field);
    return value;
  }
  /// A whole number in hexadecimal, with or without 0x. @throws BadLine
  std::uint32_t hexadecimal(const char* what);
  /// A decimal fraction times 10^`scale`, exactly: "1456095145.133076000" and 9 give nanoseconds. Digits past
  /// that are dropped. @throws BadLine also when it does not fit in 63 bits
  std::int64_t decimal(const char* what, int scale);
  /// 0 when the next field is `first`, 1 when it is `second`. @throws BadLine "<what> <first> or <second>,
  /// not '<text>'"
  int one_of(const char* what, std::string_view first, std::string_view second) {
    const std::string_view field = text(what);
    if (field == first) return 0;
    if (field != second) neither(what, first, second, field);
    return 1;
  }
  /// Passes over the next field if it is empty. @return whether it was
  bool skip_empty() {
    const bool empty = !done() && (rest_.empty() || ends(rest_.front()));
    if (empty) take(0);
    return empty;
  }
  /// @throws BadLine "nothing more, not '<text>'" unless done()
  void end() const;

 private:
  [[noreturn]] static void not_a_number(const char* what, std::string_view field);
  [[noreturn]] static void neither(const char* what, std::string_view first, std::string_view second,
                                   std::string_view field);
  static bool blank(char c) { return c == ' ' || c == '\t'; }
  /// Whether `c` ends a field.
  bool ends(char c) const { return c == separator_ || (separator_ == ' ' && c == '\t'); }
  /// Drops a field of `n` characters and what separates it from the next.
  void take(std::size_t n);
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
  /// Time since the first record's. The first call sets the trace's zero, unless its line turns out to be
  /// bad.
  /// @throws BadLine when the difference does not fit
  Time since_first(std::int64_t ns) {
    if (zero_line_ == 0) {
      zero_ = ns;
      zero_line_ = lines_.number();
    }
    std::int64_t t = 0;
    if (__builtin_sub_overflow(ns, zero_, &t)) throw BadLine("a time within 292 years of the first");
    return Time{t};
  }
  /// The same for a stamp that is a date: the trace's zero becomes its Unix time. @param ns  since 1970
  Time since_first_date(std::int64_t ns) {
    const Time t = since_first(ns);
    meta_.epoch_ns = zero_;
    return t;
  }
  /// Ends the reading, whatever may be skipped: the trace as a whole is wrong.
  [[noreturn]] void fail(const std::string& problem) const;
  bool first_line() const { return lines_.number() == 1; }

  TraceMeta meta_;

 private:
  LineReader lines_;
  std::int64_t left_to_skip_, skipped_ = 0, zero_ = 0;
  std::int64_t zero_line_ = 0;  ///< the line that set zero_; 0 when none has
  std::string example_;
};

/// A writer that makes one line of each record.
class LineTraceWriter : public TraceWriter {
 public:
  /// @param format  its name, for messages
  /// @param header  what stands before the first record's line, with its end
  explicit LineTraceWriter(std::unique_ptr<ByteOutput> out, std::string format = "the format",
                           std::string_view header = "")
      : out_(std::move(out)), tally_(std::move(format)) {
    buffer_.append(header);
  }
  void write(std::span<const IoRecord> records) final;
  OpCounts left_out() const final { return tally_.left_out(); }
  void close() final;

 protected:
  /// Appends the record's line, with its end, to `out`.
  /// @return false, having appended nothing, when the format has no word for the record
  /// @throws BadRecord
  virtual bool line(const IoRecord& record, fmt::memory_buffer& out) = 0;
  /// Appends what comes after the last record.
  virtual void last(fmt::memory_buffer&) {}

 private:
  std::unique_ptr<ByteOutput> out_;
  WriteTally tally_;
  fmt::memory_buffer buffer_;
};

/// For TraceFormat::recognise: what Reader says of the trace when it can read the first lines of `head`, at
/// least one of them as a record.
template <class Reader>
std::optional<TraceMeta> parse_head(std::string_view head) {
  constexpr std::size_t kEnough = 8;
  const std::size_t last = head.rfind('\n');  // the line that `head` cuts off says nothing
  if (last != std::string_view::npos) head = head.substr(0, last + 1);
  try {
    std::array<IoRecord, kEnough> records;
    Reader reader(ByteInput::from(head, ""), ReadOptions{});
    if (reader.read(records) > 0) return reader.meta();
  } catch (const std::exception&) {  // not its own, then
  }
  return std::nullopt;
}

template <class Reader>
bool parses_as(std::string_view head) {
  return parse_head<Reader>(head).has_value();
}

}  // namespace blkpath
