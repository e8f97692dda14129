#include "model/core/histogram.hpp"

#include <stdexcept>

namespace blkpath {

void Moments::merge(const Moments& o) {
  if (o.n_ == 0) return;
  const double n = static_cast<double>(n_), m = static_cast<double>(o.n_), delta = o.mean_ - mean_;
  s_ += o.s_ + delta * delta * n * m / (n + m);
  mean_ += delta * m / (n + m);
  n_ += o.n_;
  min_ = std::min(min_, o.min_);
  max_ = std::max(max_, o.max_);
}

void Moments::add_parallel(const Moments& o) {
  if (o.n_ == 0) return;
  if (n_ == 0) {
    *this = o;
    return;
  }
  n_ += o.n_;
  min_ += o.min_;
  max_ += o.max_;
  mean_ += o.mean_;
  s_ += o.s_;
}

double LatencyStat::stddev_ns() const {
  if (n_ < 2) return 0;
  // Squares about the whole part q of the mean are exact integers; subtracting n * mean^2 instead would lose
  // every digit where the deviation is small beside the mean.
  const auto n = static_cast<unsigned __int128>(n_), sum = static_cast<unsigned __int128>(sum_);
  const unsigned __int128 q = sum / n, r = sum % n;
  const auto about_q = static_cast<long double>(sum_sq_ - q * (sum + r));
  const auto rest = static_cast<long double>(r);
  const long double squares = about_q - rest * rest / static_cast<long double>(n_);
  return squares > 0 ? static_cast<double>(std::sqrt(squares / static_cast<long double>(n_ - 1))) : 0;
}

void LatencyStat::merge(const LatencyStat& o) {
  n_ += o.n_;
  sum_ += o.sum_;
  sum_sq_ += o.sum_sq_;
  min_ = std::min(min_, o.min_);
  max_ = std::max(max_, o.max_);
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += o.buckets_[i];
}

Time LatencyStat::percentile(double percent) const {
  if (!(percent >= 0 && percent <= 100)) throw std::invalid_argument("percentile: percent outside [0, 100]");
  if (n_ == 0) return Time{0};
  // fio's calc_clat_percentiles: the first bucket at which the running count reaches percent/100 of all.
  // In long double, as fio: 99.95 % of 2000 is a hair more than 1999 samples there, and one bucket more.
  const long double wanted = static_cast<long double>(percent) * static_cast<long double>(n_) / 100.0L;
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen > 0 && static_cast<long double>(seen) >= wanted) return Time{bucket_value(i)};
  }
  return Time{max_};
}

}  // namespace blkpath
