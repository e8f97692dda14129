/// random_distribution: blocks that are not equally popular.
#pragma once
#include <cstdint>
#include <vector>

#include "model/core/random.hpp"
#include "model/job_spec.hpp"

namespace blkpath {

/// Draws block numbers in [0, blocks) as fio's zipf, pareto, normal and zoned do. Popular blocks of the first
/// three are scattered over the file, as in fio.
class FioDistribution {
 public:
  /// @throws std::invalid_argument for a parameter that fio refuses, too
  FioDistribution(const RandomDistribution& what, std::int64_t blocks, Random& random);
  std::int64_t next(Random& random) const;

 private:
  std::int64_t zipf(double u) const;
  std::int64_t pareto(double u) const;
  std::int64_t normal(Random& random) const;
  std::int64_t zoned(Random& random) const;

  RandomDistribution what_;
  std::int64_t blocks_;
  std::int64_t shift_ = 0, stride_ = 1;  ///< rank 0 lands at shift_, the next ones stride_ further each
  double zetan_ = 0, eta_ = 0, alpha_ = 0, second_ = 0;
  double power_ = 0;
  std::int64_t deviation_ = 0;
  struct Zone {
    int upto = 0;  ///< percent of accesses in this zone and those before
    std::int64_t first = 0, blocks = 0;
  };
  std::vector<Zone> zones_;
};

}  // namespace blkpath
