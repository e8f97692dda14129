#include "traces/arrivals.hpp"

#include <algorithm>
#include <functional>

namespace blkpath {

void WindowCounts::close(Time t) {
  const std::int64_t passed = (t - end_) / width_ + 1;
  windows_ += passed;  // one with `count_`, the others empty
  end_ += passed * width_;
  peak_ = std::max(peak_, count_);
  sum_ += count_;
  sum_sq_ += static_cast<double>(count_) * static_cast<double>(count_);
  count_ = 0;
}

double WindowCounts::mean() const {
  return windows_ > 0 ? static_cast<double>(sum_) / static_cast<double>(windows_) : 0;
}

std::optional<double> WindowCounts::dispersion() const {
  if (windows_ < 2 || sum_ == 0) return std::nullopt;
  const double n = static_cast<double>(windows_);
  return (sum_sq_ - n * mean() * mean()) / (n - 1) / mean();
}

void Arrivals::add(Time issued, Time end) {
  if (previous_ != IoRecord::kUnknown && issued < previous_) ++backwards_;
  previous_ = issued;
  first_ = std::min(first_, issued);
  last_ = std::max(last_, issued);
  rate_.add(issued.count());
  if (end < issued) end = IoRecord::kUnknown;
  if (end != IoRecord::kUnknown) {
    last_end_ = std::max(last_end_, end);
    latency_sum_ += static_cast<double>((end - issued).count());
    ++completed_;
  }
  if (!ordered_.empty() && issued < ordered_.back().issued) in_order_ = false;
  ordered_.push_back({issued, end});
  if (ordered_.size() >= 2 * kOrdered) take(kOrdered);
}

void Arrivals::take(std::size_t n) {
  if (!in_order_)
    std::stable_sort(ordered_.begin(), ordered_.end(),
                     [](const Arrival& a, const Arrival& b) { return a.issued < b.issued; });
  in_order_ = true;
  const auto stop = ordered_.begin() + static_cast<std::ptrdiff_t>(n);
  std::for_each(ordered_.begin(), stop, [&](const Arrival& a) { arrive(a); });
  ordered_.erase(ordered_.begin(), stop);
}

void Arrivals::arrive(const Arrival& a) {
  const bool is_first = at_ == IoRecord::kUnknown;
  if (is_first) {
    at_ = swept_ = a.issued;
    windows_start_ = a.issued;
  } else if (a.issued < at_) {
    ++unordered_;
  } else {
    gaps_.add(a.issued - at_);
  }
  at_ = std::max(at_, a.issued);
  for (WindowCounts& w : windows_) w.add(at_ - windows_start_);
  if (a.end == IoRecord::kUnknown) return;
  advance(at_);
  if (outstanding_.size() >= kMostOutstanding) {
    overflowed_ = true;
    return;
  }
  outstanding_.push_back(a.end);
  std::push_heap(outstanding_.begin(), outstanding_.end(), std::greater<>());
  most_ = std::max(most_, static_cast<std::int64_t>(outstanding_.size()));
}

void Arrivals::advance(Time to) {
  const auto sweep = [&](Time until) {
    depth_.add_area(swept_.count(), until.count(), static_cast<double>(outstanding_.size()));
    swept_ = std::max(swept_, until);
  };
  while (!outstanding_.empty() && outstanding_.front() <= to) {
    sweep(outstanding_.front());
    std::pop_heap(outstanding_.begin(), outstanding_.end(), std::greater<>());
    outstanding_.pop_back();
  }
  sweep(to);
}

void Arrivals::finish() {
  take(ordered_.size());
  if (!outstanding_.empty()) advance(*std::max_element(outstanding_.begin(), outstanding_.end()));
}

double Arrivals::mean_outstanding() const {
  const double span = static_cast<double>((last() - first_).count());
  return completed_ > 0 && span > 0 ? latency_sum_ / span : 0;
}

}  // namespace blkpath
