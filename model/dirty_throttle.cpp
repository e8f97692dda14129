#include "model/dirty_throttle.hpp"

#include <bit>

namespace blkpath {

namespace {
constexpr std::int64_t kNs = 1'000'000'000;
constexpr Time kLongest = PacedThrottle::kInterval;
/// Below this many pages a pause is not worth its wake-up (128 KiB).
constexpr std::int64_t kWorthwhile = 32;

int log2_of(std::int64_t v) { return v < 1 ? 0 : 63 - std::countl_zero(static_cast<std::uint64_t>(v)); }
/// Time in which `pages` pass at `rate` pages per second.
Time at_rate(std::int64_t pages, std::int64_t rate) {
  return Time{pages * kNs / std::max<std::int64_t>(rate, 1)};
}
std::int64_t pages_in(Time t, std::int64_t rate) { return rate * (t.count() / 1000) / 1'000'000; }
}  // namespace

/// 1 + ((setpoint - dirty) / (limit - setpoint))^3, clamped to [0, 2] (page-writeback.c:819), then times the
/// device's own line through the same setpoint with a span of 8 s of its bandwidth (:911-1088).
std::int64_t PacedThrottle::position_ratio(std::int64_t held) const {
  if (held >= limits_.limit) return 0;
  const std::int64_t x = (setpoint() - held) * kUnit / std::max<std::int64_t>(limits_.limit - setpoint(), 1);
  const std::int64_t cube = x * x / kUnit * x / kUnit;
  std::int64_t ratio = std::clamp<std::int64_t>(kUnit + cube, 0, 2 * kUnit);
  const std::int64_t span = 8 * average_bandwidth_, intercept = setpoint() + span;
  if (held < intercept - span / 4) {
    ratio = ratio * (intercept - held) / (span + 1);
  } else {
    ratio /= 4;
  }
  const std::int64_t reserve = limits_.limit / 2;  // an idle device is fed
  if (held < reserve) ratio = held > reserve / 8 ? ratio * reserve / held : ratio * 8;
  return ratio;
}

/// The backlog's own drain time over about eight, at most 200 ms (:1437).
Time PacedThrottle::longest_pause(std::int64_t held) const {
  return std::min(at_rate(held, average_bandwidth_) / 8 + 1ms, kLongest);
}

/// 10 ms, and 10 ms more for each halving of the rate, as that comes from more writers (:1456).
/// Also sets how many pages may be dirtied until the next check.
Time PacedThrottle::shortest_pause(Time longest, std::int64_t rate) {
  Time t = 10ms;
  const int halvings = log2_of(base_rate_) - log2_of(rate);
  if (halvings > 0) t += halvings * 10ms;
  t = std::min(t, longest / 2 + 1ms);
  std::int64_t pages = pages_in(t, base_rate_);
  if (pages < kWorthwhile) {
    t = longest;
    pages = pages_in(t, base_rate_);
    if (pages > kWorthwhile) {
      pages = kWorthwhile;
      t = at_rate(pages, base_rate_);
    }
  }
  if (at_rate(pages, rate + 1) > longest) {
    t = longest;
    pages = pages_in(t, rate);
  }
  allowed_ = pages;
  return pages >= kWorthwhile ? t / 2 + 1ms : t;
}

/// :1579, with the think time taken off: what the writer did since its last pause counts as paused.
Time PacedThrottle::pause(Instant now, const Backlog& b) {
  again_ = false;
  if (b.held() <= freerun()) {
    exceeded_ = false;
    dirtied_ = 0;
    paused_at_ = now;
    paused_before_ = true;
    allowed_ =
        std::int64_t{1} << (log2_of(std::max<std::int64_t>(limits_.limit - b.held(), 1)) / 2);  // :1428
    return Time{0};
  }
  exceeded_ = b.held() > limits_.limit;
  const std::int64_t ratio = position_ratio(b.held());
  update(now, b, true);
  const std::int64_t rate = base_rate_ * ratio / kUnit;
  const Time longest = longest_pause(b.held()), shortest = shortest_pause(longest, rate);
  Time sleep = longest;
  if (rate > 0) {
    const Time period = at_rate(dirtied_, rate);
    sleep = paused_before_ ? period - (now - paused_at_) : period;
    if (sleep < shortest) {
      if (sleep < -1s) {  // it thought for long: no credit for that
        paused_at_ = now;
        dirtied_ = 0;
      } else if (period > Time{0}) {
        paused_at_ += period;
        dirtied_ = 0;
      } else if (allowed_ <= dirtied_) {
        allowed_ += dirtied_;
      }
      paused_before_ = true;
      return Time{0};
    }
    sleep = std::min(sleep, longest);
  }
  paused_at_ = now + sleep;
  paused_before_ = true;
  dirtied_ = 0;
  again_ = rate == 0;
  return sleep;
}

void PacedThrottle::update(Instant now, const Backlog& b, bool writer) {
  const Time elapsed = now - updated_;
  if (elapsed < kInterval) return;
  const std::int64_t us = elapsed / 1us;
  if (writer) {
    const std::int64_t dirty_rate = (b.dirtied - dirtied_before_) * 1'000'000 / us;
    update_base_rate(dirty_rate, b.held(), position_ratio(b.held()));
  }
  update_bandwidth(b.written - written_before_, elapsed);
  dirtied_before_ = b.dirtied;
  written_before_ = b.written;
  updated_ = now;
}

void PacedThrottle::restart(Instant now, const Backlog& b) {
  if (now - updated_ <= 1s) return;
  dirtied_before_ = b.dirtied;
  written_before_ = b.written;
  updated_ = now;
}

/// The base rate moves to task rate * write bandwidth / dirty rate, in steps that shrink near it (:1194).
void PacedThrottle::update_base_rate(std::int64_t dirty_rate, std::int64_t held, std::int64_t ratio) {
  const std::int64_t task = base_rate_ * ratio / kUnit + 1;
  const std::int64_t balanced =
      std::min(task * average_bandwidth_ / std::max<std::int64_t>(dirty_rate, 1), average_bandwidth_);
  std::int64_t step = 0;
  if (held < setpoint()) {
    const std::int64_t least = std::min({balanced_rate_, balanced, task});
    step = std::max<std::int64_t>(least - base_rate_, 0);
  } else {
    const std::int64_t most = std::max({balanced_rate_, balanced, task});
    step = std::max<std::int64_t>(base_rate_ - most, 0);
  }
  const std::int64_t shift = base_rate_ / (2 * step + 1);
  step = shift < 63 ? ((step >> shift) + 7) / 8 : 0;
  base_rate_ = std::max<std::int64_t>(base_rate_ < balanced ? base_rate_ + step : base_rate_ - step, 1);
  balanced_rate_ = balanced;
}

/// A mean over about 4 s, and behind it one that follows by an eighth when it moves away (:1090).
void PacedThrottle::update_bandwidth(std::int64_t written, Time elapsed) {
  constexpr std::int64_t period = 4096;  // ms: 3 s, up to the next power of two of a tick
  const std::int64_t ms = elapsed / 1ms, before = bandwidth_;
  if (ms > period) {
    bandwidth_ = average_bandwidth_ = std::max<std::int64_t>(written * 1000 / ms, 1);
    return;
  }
  bandwidth_ = (written * 1000 + before * (period - ms)) / period;
  std::int64_t& average = average_bandwidth_;
  if (average > before && before >= bandwidth_) {
    average -= (average - before) / 8;
  } else if (average < before && before <= bandwidth_) {
    average += (before - average) / 8;
  }
  average = std::max<std::int64_t>(average, 1);
}

/// Half a second of bandwidth, at most an eighth of the limit, in steps of 4 MiB (fs/fs-writeback.c:1846).
std::int64_t PacedThrottle::flusher_chunk() const {
  constexpr std::int64_t least = 1024;
  const std::int64_t pages = std::min(average_bandwidth_ / 2, limits_.limit / 8);
  return (pages + least) / least * least;
}

}  // namespace blkpath
