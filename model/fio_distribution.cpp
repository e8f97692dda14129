#include "model/fio_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace blkpath {
namespace {
/// As fio, which sums no more terms than this.
constexpr std::int64_t kMaxZipfTerms = 10'000'000;
constexpr int kNormalDraws = 12;

/// Sum of i^-theta for i in [1, n]: terms, then the Euler-Maclaurin formula (error below 1e-9).
double zeta(std::int64_t n, double theta) {
  constexpr std::int64_t kTerms = 1000;
  double sum = 0;
  for (std::int64_t i = 1; i < std::min(n, kTerms); ++i) sum += std::pow(static_cast<double>(i), -theta);
  if (n < kTerms) return sum + std::pow(static_cast<double>(n), -theta);
  const auto a = static_cast<double>(kTerms), b = static_cast<double>(n);
  const double fa = std::pow(a, -theta), fb = std::pow(b, -theta);
  return sum + (b * fb - a * fa) / (1 - theta) + (fa + fb) / 2 + theta / 12 * (fa / a - fb / b);
}
}  // namespace

FioDistribution::FioDistribution(const RandomDistribution& what, std::int64_t blocks, Random& random)
    : what_(what), blocks_(blocks) {
  using Kind = RandomDistribution::Kind;
  const auto n = static_cast<double>(blocks);
  shift_ =
      static_cast<std::int64_t>(what.center < 0 ? n * random.uniform() : std::min(n - 1, n * what.center));
  // Neighbouring ranks fall far apart, and no two on one block: fio's golden-ratio hash does the same.
  stride_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(n * 0.6180339887498949));
  while (std::gcd(stride_, blocks) != 1) ++stride_;
  switch (what.kind) {
    case Kind::uniform:
      break;
    case Kind::zipf: {
      const double theta = what.parameter;
      if (theta <= 0 || theta == 1)
        throw std::invalid_argument(
            "random_distribution=zipf: theta must be above 0 and not 1, for example zipf:1.2");
      zetan_ = zeta(std::min(blocks, kMaxZipfTerms), theta);
      second_ = 1 + std::pow(0.5, theta);
      alpha_ = 1 / (1 - theta);
      eta_ = (1 - std::pow(2 / n, 1 - theta)) / (1 - second_ / zetan_);
      break;
    }
    case Kind::pareto:
      if (!(what.parameter > 0 && what.parameter < 1))
        throw std::invalid_argument(
            "random_distribution=pareto: the power is in (0, 1), for example pareto:0.2");
      power_ = std::log(what.parameter) / std::log(1 - what.parameter);
      break;
    case Kind::normal:
      if (what.parameter < 0 || what.parameter > 100)
        throw std::invalid_argument(
            "random_distribution=normal: a deviation in percent, for example normal:10");
      deviation_ = std::min(static_cast<std::int64_t>(std::ceil(n * what.parameter / 100)), blocks / 2);
      break;
    case Kind::zoned: {
      int access = 0, size = 0;
      for (const RandomDistribution::Zone& z : what.zones) {
        const std::int64_t first = blocks * size / 100, end = blocks * (size + z.size) / 100;
        access += z.access;
        size += z.size;
        if (z.access > 0 && end > first) zones_.push_back({access, first, end - first});
      }
      if (access != 100 || size > 100 || zones_.empty())
        throw std::invalid_argument(
            "random_distribution=zoned: accesses add up to 100 and sizes to 100 at most, for example "
            "zoned:60/10:40/90");
      zones_.back().upto = 100;
      break;
    }
  }
}

/// Gray et al., "Quickly generating billion-record synthetic databases", SIGMOD 1994, section 3.2; rank from
/// 0.
std::int64_t FioDistribution::zipf(double u) const {
  const double uz = u * zetan_;
  if (uz < 1) return 0;
  if (uz < second_) return 1;
  return static_cast<std::int64_t>(static_cast<double>(blocks_) * std::pow(eta_ * u - eta_ + 1, alpha_));
}

/// A share h of the blocks gets 1 - h of the accesses, and so on within that share.
std::int64_t FioDistribution::pareto(double u) const {
  return static_cast<std::int64_t>(static_cast<double>(blocks_ - 1) * std::pow(u, power_));
}

/// fio's bell: the mean of twelve uniform draws over the file, moved by a uniform draw as wide as
/// `deviation`.
std::int64_t FioDistribution::normal(Random& random) const {
  std::int64_t sum = 0;
  for (int i = 0; i < kNormalDraws; ++i)
    sum += static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(blocks_) + 1));
  const std::int64_t mean = (sum + kNormalDraws - 1) / kNormalDraws;
  if (deviation_ == 0) return mean;
  const auto width = static_cast<std::uint64_t>(deviation_);
  return mean + static_cast<std::int64_t>(random.below(width)) - deviation_ / 2;
}

std::int64_t FioDistribution::zoned(Random& random) const {
  const int percent = static_cast<int>(random.below(100));
  const auto zone =
      std::find_if(zones_.begin(), zones_.end(), [&](const Zone& z) { return percent < z.upto; });
  return zone->first + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(zone->blocks)));
}

std::int64_t FioDistribution::next(Random& random) const {
  using Kind = RandomDistribution::Kind;
  if (what_.kind == Kind::zoned) return zoned(random);
  const std::int64_t rank = what_.kind == Kind::zipf     ? zipf(random.uniform())
                            : what_.kind == Kind::pareto ? pareto(random.uniform())
                                                         : normal(random);
  const auto place = static_cast<__int128>(std::clamp<std::int64_t>(rank, 0, blocks_ - 1)) * stride_ + shift_;
  return static_cast<std::int64_t>(place % blocks_);
}

}  // namespace blkpath
