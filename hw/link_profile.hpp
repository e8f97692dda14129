/// Links that fail and links that slow down: SimGrid's profiles, read without SimGrid.
#pragma once
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// A value that changes at given dates, in the text that SimGrid's `ProfileBuilder` and the attributes
/// `state_file` and `bandwidth_file` of its platforms take:
///
///     # date in seconds, value from then on
///     10.5 0
///     12   1
///     PERIODICITY 60    # all again at 70.5 and 72, at 130.5, ...
///
/// `LOOPAFTER 30` instead begins anew 30 s after the last date. What follows `#` and lines that begin with
/// `%` are comments. Before the first date the value is 1. SimGrid does not give out what it has read, which
/// is why this is read here; a test compares the dates with those of a SimGrid link.
/// Leaves out: profiles drawn from random laws (`STOCHASTIC`), which are refused.
class LinkProfile {
 public:
  /// Where the value stays the same: in [begin, end).
  struct Span {
    Instant begin, end;
    double value;
  };
  static constexpr Instant kNever = Instant::max();
  static constexpr Instant kFarAway{Time{std::int64_t{1} << 62}};  ///< 146 years; more can be added to it

  LinkProfile() = default;  ///< 1 for ever
  /// As a parameter: the text itself, when it has a line break or begins with a digit, or else the name of a
  /// file, relative to the file in which it is written.
  /// @throws std::invalid_argument  of the text; ConfigError of a file, with its line
  static LinkProfile parse(const ConfigValue& value);
  static std::string type() { return "profile"; }
  const std::string& text() const { return written_; }

  /// @throws std::invalid_argument  naming the line
  static LinkProfile read(std::string_view text);
  bool empty() const { return steps_.empty(); }
  /// The lowest value that is ever reached.
  double lowest() const;
  /// The same with each value above 1 divided by `full`. SimGrid's documents call a bandwidth profile's
  /// values fractions of the link's bandwidth, and its links (3.32) take them for bytes per second: both are
  /// met.
  LinkProfile fractions_of(ByteRate full) const;

  Span at(Instant t) const;
  /// Of a link that is up while the value is above 0: the first time that it is down and ends after `t`;
  /// begin is kNever when there is none, end when it does not come up again.
  Span outage_after(Instant t) const;
  /// When something that starts at `start` and takes `work` at value 1, half as long at 2, is done; kFarAway
  /// when it would be done later. No value may be 0.
  Instant finish(Instant start, Time work) const;

 private:
  struct Step {
    Time date;
    double value;
  };
  class Reader;

  std::string written_;
  std::vector<Step> steps_;  ///< dates rise
  Time period_{0};           ///< 0: the last value stays
};

}  // namespace blkpath
