/// Fits a calibrated device to the shallow cells of a grid, and predicts the others.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "scenarios/fio_grid_run.hpp"
#include "scenarios/part.hpp"

namespace blkpath {

struct GridResult {
  GridCell measured, predicted;
  bool fitted = false;  ///< the fit has seen `measured`

  double iops_error() const { return 100 * (predicted.iops / measured.iops - 1); }
  double p99_error() const { return 100 * (predicted.p99_us / measured.p99_us - 1); }
};
/// What one direction is fitted by.
struct GridMechanism {
  std::string rw, name;
  double rms = 0;  ///< of the logarithms of predicted over measured, on the cells that were fitted
};

struct GridFitOptions {
  int products = 4;  ///< cells with iodepth x numjobs up to this are fitted to
  ConfigMap given;   ///< parameters that are known and not fitted
  std::uint64_t seed = 1;
  std::function<bool()> go_on = [] { return true; };
  std::optional<GridStripe> stripe = {};  ///< what is predicted: so many of the device that was fitted
};
struct GridFit {
  ConfigMap params;  ///< of model `calibrated`, with provenance
  HostCosts host;
  std::vector<GridMechanism> mechanisms;
  bool stopped = false;  ///< `go_on` said so; there may be no mechanism for the writes
};

/// Fits one device: reads first, and with the device as they show it the writes. For each direction the
/// mechanisms that may explain it are fitted one by one, the one that comes nearest stays.
/// @param cells  of one device, random, one block size for each direction; only those up to
///               options.products are looked at
/// @throws ConfigError when the cells that a fit needs are not there
GridFit fit_grid(const std::vector<GridCell>& cells, const GridFitOptions& options);

/// Every cell beside what the fitted device predicts for it.
std::vector<GridResult> predict_grid(const std::vector<GridCell>& cells, const GridFit& fit,
                                     const GridFitOptions& options);

/// Medians of |error| over cells, in per cent.
struct GridErrors {
  std::size_t cells = 0;
  double iops = 0, p99 = 0;
};
GridErrors grid_errors(const std::vector<GridResult>& results, const std::string& rw, bool fitted);

}  // namespace blkpath
