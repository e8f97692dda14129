#include "scenarios/fio_values.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>

namespace blkpath::fio {
namespace {

constexpr double kLargest = 9e18;  // fits std::int64_t

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) || std::iscntrl(static_cast<unsigned char>(c));
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Turns a suffix into a factor; negative when there is no such suffix.
using SuffixFactor = std::function<double(const std::string&)>;

/// k, kb and ki follow kb_base; kib is the opposite of kb_base. The manual says that ki is too, but fio's
/// parser compares three letters, so ki falls through to k (tried with fio 3.33: bs=4ki is 4096, bs=4kib is
/// 4000).
double byte_factor(const std::string& suffix, int kb_base) {
  if (suffix.empty() || suffix == "b") return 1;
  const std::size_t power = std::string_view("kmgtp").find(suffix[0]);
  if (power == std::string_view::npos) return -1;
  const std::string rest = suffix.substr(1);
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return -1;
  const double base = rest == "ib" ? (kb_base == 1000 ? 1024 : 1000) : kb_base;
  return std::pow(base, static_cast<double>(power + 1));
}

/// In microseconds, fio's own unit. Not `sec`: the manual lists it, fio 3.33 reads it as microseconds.
double time_factor(const std::string& suffix) {
  struct Unit {
    std::string_view name;
    double micros;
  };
  constexpr std::array<Unit, 8> kUnits{{{"us", 1},
                                        {"usec", 1},
                                        {"ms", 1e3},
                                        {"msec", 1e3},
                                        {"s", 1e6},
                                        {"m", 60e6},
                                        {"h", 3600e6},
                                        {"d", 86400e6}}};
  for (const Unit& unit : kUnits)
    if (suffix == unit.name) return unit.micros;
  return -1;
}

/// fio's parenthesised arithmetic: + - * / % ^ and suffixes, by recursive descent.
class Expression {
 public:
  Expression(std::string_view text, SuffixFactor factor) : text_(text), factor_(std::move(factor)) {}

  /// The value of the whole text.
  double evaluate() {
    const double value = sum();
    if (skip_blanks(); at_ != text_.size()) fail();
    if (!(std::abs(value) < kLargest)) throw std::invalid_argument("is out of range");
    return value;
  }
  bool suffix_seen() const { return suffix_seen_; }

 private:
  [[noreturn]] static void fail() { throw std::invalid_argument("is not an expression"); }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  double sum() {
    double value = product();
    while (true)
      if (take('+'))
        value += product();
      else if (take('-'))
        value -= product();
      else
        return value;
  }
  double product() {
    double value = power();
    while (true)
      if (take('*'))
        value *= power();
      else if (take('/'))
        value /= divisor();
      else if (take('%'))
        value = std::fmod(value, divisor());
      else
        return value;
  }
  double divisor() {
    const double value = power();
    if (value == 0) throw std::invalid_argument("divides by zero");
    return value;
  }
  double power() {
    const double base = atom();
    return take('^') ? std::pow(base, power()) : base;
  }
  double atom() {
    if (take('-')) return -atom();
    double value = 0;
    if (take('(')) {
      value = sum();
      if (!take(')')) fail();
      return value;
    }
    skip_blanks();
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail();
    at_ = static_cast<std::size_t>(end - text_.data());
    const std::size_t suffix_at = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    if (at_ == suffix_at) return value;
    const double factor = factor_(lower(text_.substr(suffix_at, at_ - suffix_at)));
    if (factor < 0) fail();
    suffix_seen_ = true;
    return value * factor;
  }

  std::string_view text_;
  SuffixFactor factor_;
  std::size_t at_ = 0;
  bool suffix_seen_ = false;
};

/// An integer and what follows it. fio finds no suffix after a leading blank ("bs= 16k" is 16 bytes), which
/// nobody means, so that is refused here.
struct Integer {
  std::int64_t value = 0;
  std::string suffix;
};
Integer read_integer(std::string_view text, const char* what) {
  const bool blank_first = !text.empty() && is_blank(text.front());
  text = trim(text);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);

  Integer out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.value, hex ? 16 : 10);
  if (error == std::errc::result_out_of_range) throw std::invalid_argument("is out of range");
  if (error != std::errc{} || (!hex && !is_digit(text.front()))) throw std::invalid_argument(what);
  if (negative) out.value = -out.value;
  out.suffix = lower(text.substr(static_cast<std::size_t>(end - text.data())));
  if (blank_first && !out.suffix.empty())
    throw std::invalid_argument("has a blank before it, and fio would drop its unit");
  return out;
}

}  // namespace

std::int64_t parse_number(std::string_view text, int kb_base) {
  const auto factor_of = [kb_base](const std::string& suffix) { return byte_factor(suffix, kb_base); };
  if (text.starts_with('(')) return static_cast<std::int64_t>(Expression(text, factor_of).evaluate());
  const Integer integer = read_integer(text, "is not a number");
  const double factor = factor_of(integer.suffix);
  if (factor < 0) throw std::invalid_argument("is not a size");
  if (std::abs(static_cast<double>(integer.value) * factor) > kLargest)
    throw std::invalid_argument("is out of range");
  return integer.value * static_cast<std::int64_t>(factor);
}

Time parse_duration(std::string_view text, Time unit) {
  double micros_per_unit = micros(unit);
  double value = 0;
  if (text.starts_with('(')) {
    Expression expression(text, time_factor);
    value = expression.evaluate();
    if (expression.suffix_seen()) micros_per_unit = 1;  // "units are microseconds by default" in expressions
  } else {
    const Integer integer = read_integer(text, "is not a time");
    if (integer.suffix.starts_with('.')) throw std::invalid_argument("is not a whole number of its unit");
    value = static_cast<double>(integer.value);
    if (!integer.suffix.empty()) micros_per_unit = time_factor(integer.suffix);
    if (micros_per_unit < 0) throw std::invalid_argument("has an unknown unit (one of us, ms, s, m, h, d)");
  }
  const double nanos = std::trunc(value * micros_per_unit) * 1000;
  if (nanos < 0 || nanos > kLargest) throw std::invalid_argument("is out of range");
  return Time{static_cast<std::int64_t>(nanos)};
}

double parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    throw std::invalid_argument("is not a number");
  return value;
}

bool evaluate_plain(std::string_view text, std::int64_t* value) {
  try {
    *value = static_cast<std::int64_t>(Expression(text, [](const std::string&) { return -1.0; }).evaluate());
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace blkpath::fio
