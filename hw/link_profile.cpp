#include "hw/link_profile.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace blkpath {
namespace {

constexpr std::string_view kExample = "for example '10.5 0'";
constexpr double kLatest = 1e9;  ///< seconds; nanoseconds in 64 bits end at nine times that

/// A fault and the line, from 1, in which it stands.
struct Fault {
  int line;
  std::string problem;
};

std::vector<std::string> words(std::string line) {
  if (const std::size_t comment = line.find('#'); comment != std::string::npos) line.resize(comment);
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  if (!all.empty() && all.front().front() == '%') all.clear();
  return all;
}

}  // namespace

/// Goes through the lines of a profile.
class LinkProfile::Reader {
 public:
  /// @throws Fault
  LinkProfile read(std::string_view text) {
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) {
      ++line_;
      const std::vector<std::string> all = words(line);
      if (!all.empty()) read_line(all, line);
    }
    if (profile_.steps_.empty())
      fail("a profile needs lines with a date and a value, " + std::string(kExample));
    const Time last = profile_.steps_.back().date;
    if (loop_after_) profile_.period_ = last + *loop_after_;
    if (periodicity_) profile_.period_ = *periodicity_;
    if ((loop_after_ || periodicity_) && (profile_.period_ < last || profile_.period_ == Time{0}))
      fail("the profile cannot begin anew before its last date, " + format(last) +
           ", for example 'LOOPAFTER " + "60'");
    return std::move(profile_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw Fault{line_, problem}; }

  void read_line(const std::vector<std::string>& all, const std::string& line) {
    if (all[0] == "PERIODICITY" || all[0] == "LOOPAFTER") {
      if (all.size() != 2) fail("'" + all[0] + "' needs a time in seconds, for example '" + all[0] + " 60'");
      if (periodicity_ || loop_after_) fail("only one PERIODICITY or LOOPAFTER, for example 'LOOPAFTER 60'");
      (all[0] == "PERIODICITY" ? periodicity_ : loop_after_) = time(all[1]);
      return;
    }
    if (all[0] == "STOCHASTIC")
      fail("profiles drawn from random laws are not read; write the dates, " + std::string(kExample));
    if (all.size() != 2)
      fail("'" + line + "' is not a date in seconds and a value, " + std::string(kExample));
    const Time date = time(all[0]);
    const double value = number(all[1]);
    auto& steps = profile_.steps_;
    if (!steps.empty() && date < steps.back().date)
      fail("the date " + all[0] + " is before the one above it; dates must not fall, " +
           std::string(kExample));
    if (!steps.empty() && date == steps.back().date)
      steps.back().value = value;
    else
      steps.push_back({date, value});
  }
  double number(const std::string& word) const {
    try {
      if (const double n = parse_real(word); n >= 0) return n;
    } catch (const std::invalid_argument&) {
    }
    fail("'" + word + "' is not a number from 0 up, " + std::string(kExample));
  }
  Time time(const std::string& word) const {
    const double s = number(word);
    if (s > kLatest) fail("'" + word + "' s is more than thirty years, " + std::string(kExample));
    return from_seconds(s);
  }

  LinkProfile profile_;
  std::optional<Time> periodicity_, loop_after_;
  int line_ = 0;
};

LinkProfile LinkProfile::read(std::string_view text) {
  try {
    return Reader().read(text);
  } catch (const Fault& fault) {
    throw std::invalid_argument("line " + std::to_string(fault.line) + " of the profile: " + fault.problem);
  }
}

LinkProfile LinkProfile::parse(const ConfigValue& value) {
  if (value.is_list || value.text.empty())
    throw std::invalid_argument("needs lines of date and value or the name of a file that has them, " +
                                std::string(kExample));
  LinkProfile profile;
  const bool inline_text = value.text.find('\n') != std::string::npos ||
                           std::isdigit(static_cast<unsigned char>(value.text.front())) != 0;
  if (inline_text) {
    profile = read(value.text);
  } else {
    const std::string path =
        (std::filesystem::path(value.place.file).parent_path() / value.text).lexically_normal().string();
    std::ifstream in(path);
    if (!in || std::filesystem::is_directory(path))
      throw std::invalid_argument("there is no file '" + path + "'; a profile is a file or its text, " +
                                  std::string(kExample));
    std::ostringstream text;
    text << in.rdbuf();
    try {
      profile = Reader().read(text.str());
    } catch (const Fault& fault) {
      throw ConfigError({path, fault.line}, "", fault.problem);
    }
  }
  profile.written_ = value.text;
  return profile;
}

double LinkProfile::lowest() const {
  double least = 1;
  for (const Step& step : steps_) least = std::min(least, step.value);
  return least;
}
LinkProfile LinkProfile::fractions_of(ByteRate full) const {
  LinkProfile all = *this;
  for (Step& step : all.steps_)
    if (step.value > 1) step.value /= static_cast<double>(full.per_second);
  return all;
}

LinkProfile::Span LinkProfile::at(Instant t) const {
  if (empty()) return {Instant{}, kNever, 1};
  const Time now = t.time_since_epoch();
  const Time round = period_ > Time{0} ? now / period_ * period_ : Time{0};
  const auto next = std::upper_bound(steps_.begin(), steps_.end(), now - round,
                                     [](Time date, const Step& step) { return date < step.date; });
  Instant end = kNever;
  if (next != steps_.end())
    end = Instant{round + next->date};
  else if (period_ > Time{0})
    end = Instant{round + period_ + steps_.front().date};
  if (next != steps_.begin()) return {Instant{round + std::prev(next)->date}, end, std::prev(next)->value};
  if (round == Time{0}) return {Instant{}, end, 1};
  return {Instant{round - period_ + steps_.back().date}, end, steps_.back().value};
}

LinkProfile::Span LinkProfile::outage_after(Instant t) const {
  // Values that follow one another and are all 0 are one outage. After two rounds all has been seen.
  const std::size_t enough = 2 * steps_.size() + 2;
  Span span = at(t);
  for (std::size_t i = 0; span.value > 0; ++i) {
    if (span.end == kNever || i == enough) return {kNever, kNever, 1};
    span = at(span.end);
  }
  for (std::size_t i = 0; i < enough && span.begin > Instant{}; ++i) {
    const Span before = at(span.begin - Time{1});
    if (before.value > 0) break;
    span.begin = before.begin;
  }
  for (std::size_t i = 0; span.end != kNever; ++i) {
    const Span after = at(span.end);
    if (after.value > 0) break;
    span.end = i == enough ? kNever : after.end;
  }
  return span;
}

Instant LinkProfile::finish(Instant start, Time work) const {
  double left = static_cast<double>(work.count());
  for (Instant t = start;;) {
    const Span span = at(t);
    const double possible = span.end == kNever ? std::numeric_limits<double>::infinity()
                                               : static_cast<double>((span.end - t).count()) * span.value;
    if (left <= possible) {
      const double ns = std::ceil(left / span.value);
      if (ns >= static_cast<double>((kFarAway - t).count())) return kFarAway;
      return t + Time{static_cast<std::int64_t>(ns)};
    }
    left -= possible;
    t = span.end;
  }
}

}  // namespace blkpath
