#include "traces/line_format.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "model/core/error.hpp"

namespace blkpath {
namespace {
constexpr std::size_t kBuffer = 4 * LineReader::kLongestLine;
constexpr std::size_t kShown = 60;  ///< of a field, in messages

std::string shortened(std::string_view text) {
  return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + "...";
}
}  // namespace

bool LineReader::next(std::string_view& line) {
  for (std::size_t looked = 0;;) {
    const char* const from = buffer_.data() + begin_;
    const void* const found =
        end_ - begin_ > looked ? std::memchr(from + looked, '\n', end_ - begin_ - looked) : nullptr;
    std::size_t length = end_ - begin_;
    if (found != nullptr) {
      length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
    } else if (!ended_ && length <= kLongestLine) {
      looked = length;
      if (buffer_.size() < kBuffer) buffer_.resize(kBuffer);
      std::memmove(buffer_.data(), from, length);
      begin_ = 0;
      end_ = length + in_->read({buffer_.data() + length, buffer_.size() - length});
      ended_ = end_ < buffer_.size();
      continue;
    } else if (length == 0) {
      return false;
    }
    ++number_;
    if (length > kLongestLine)
      throw ConfigError({name(), static_cast<int>(number_)}, "",
                        fmt::format("a line of more than {} bytes; this is no trace in lines", kLongestLine));
    line = {from, length};
    begin_ += length + (found != nullptr);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
}

void Fields::trim() {
  while (!rest_.empty() && blank(rest_.front())) rest_.remove_prefix(1);
  if (separator_ == ' ')
    while (!rest_.empty() && blank(rest_.back())) rest_.remove_suffix(1);
}

void Fields::take(std::size_t n) {
  rest_.remove_prefix(n);
  pending_ = separator_ != ' ' && !rest_.empty();
  if (pending_) rest_.remove_prefix(1);
  trim();
}

std::string_view Fields::text(const char* what) {
  if (done()) throw BadLine(fmt::format("{} is missing", what));
  std::size_t n = 0;
  if (separator_ == ' ') {
    while (n < rest_.size() && !blank(rest_[n])) ++n;
  } else {
    const void* const found = std::memchr(rest_.data(), separator_, rest_.size());
    n = found == nullptr ? rest_.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data());
  }
  std::string_view field = rest_.substr(0, n);
  take(n);
  while (!field.empty() && blank(field.back())) field.remove_suffix(1);
  return field;
}

void Fields::not_a_number(const char* what, std::string_view field) {
  throw BadLine(fmt::format("{} '{}' is not a whole number in range", what, shortened(field)));
}

std::uint32_t Fields::hexadecimal(const char* what) {
  const std::string_view field = text(what);
  const bool prefixed = field.starts_with("0x") || field.starts_with("0X");
  const char* const last = field.data() + field.size();
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(field.data() + (prefixed ? 2 : 0), last, value, 16);
  if (problem != std::errc{} || end != last) not_a_number(what, field);
  return value;
}

void Fields::neither(const char* what, std::string_view first, std::string_view second,
                     std::string_view field) {
  throw BadLine(fmt::format("{} {} or {}, not '{}'", what, first, second, shortened(field)));
}

std::int64_t Fields::decimal(const char* what, int scale) {
  const std::string_view field = text(what);
  const char* at = field.data();
  const char* const stop = at + field.size();
  const bool minus = at != stop && *at == '-';
  at += minus;
  std::int64_t value = 0;
  const auto digit = [&](char c) {
    return !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, c - '0', &value);
  };
  bool good = at != stop && *at != '.';
  for (; good && at != stop && *at != '.'; ++at) good = *at >= '0' && *at <= '9' && digit(*at);
  int left = scale;
  if (good && at != stop) ++at;  // the point
  for (; good && at != stop; ++at) {
    good = *at >= '0' && *at <= '9';
    if (good && left > 0) {
      good = digit(*at);
      --left;
    }
  }
  for (; good && left > 0; --left) good = digit('0');
  if (!good) throw BadLine(fmt::format("{} '{}' is not a decimal number in range", what, shortened(field)));
  return minus ? -value : value;
}

void Fields::end() const {
  if (!done()) throw BadLine(fmt::format("nothing more, not '{}'", shortened(rest_)));
}

std::size_t LineTraceReader::read(std::span<IoRecord> out) {
  std::size_t n = 0;
  std::string_view line;
  while (n < out.size() && lines_.next(line)) {
    try {
      out[n] = IoRecord{};
      if (parse(line, out[n])) ++n;
    } catch (const BadLine& bad) {
      if (left_to_skip_ == 0) fail(bad.what());
      --left_to_skip_;
      ++skipped_;
      if (zero_line_ == lines_.number()) {
        zero_line_ = 0;
        meta_.epoch_ns = 0;
      }
    }
  }
  return n;
}

void LineTraceReader::fail(const std::string& problem) const {
  const auto line =
      static_cast<int>(std::min<std::int64_t>(lines_.number(), std::numeric_limits<int>::max()));
  throw ConfigError({lines_.name(), line}, "", fmt::format("{}; a good line is '{}'", problem, example_));
}

void LineTraceWriter::write(std::span<const IoRecord> records) {
  constexpr std::size_t kFlush = 1 << 16;
  for (const IoRecord& record : records) {
    tally_.check(record, [&] { return line(record, buffer_); });
    if (buffer_.size() >= kFlush) {
      out_->write({buffer_.data(), buffer_.size()});
      buffer_.clear();
    }
  }
}

void LineTraceWriter::close() {
  last(buffer_);
  out_->write({buffer_.data(), buffer_.size()});
  buffer_.clear();
  out_->close();
}

}  // namespace blkpath
