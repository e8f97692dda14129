/// Least squares with bounds: fits parameters to differences between predictions and measurements.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace blkpath {

/// One parameter to be fitted.
struct FitParameter {
  std::string name;
  double value = 0;  ///< where the search begins, and the result
  double step = 0;   ///< by which differences are taken; about the accuracy that is wanted
  double low = 0, high = 0;
  double standard_error = 0;  ///< of the result
  bool matters = false;       ///< the differences depend on it
};
struct FitSummary {
  double before = 0, after = 0;  ///< root mean square of the differences
  int evaluations = 0;
  bool stopped = false;  ///< `go_on` said so
};
/// From parameters to differences, predicted minus measured; always the same number of them.
using Differences = std::function<std::vector<double>(std::span<const double>)>;

/// Levenberg-Marquardt with forward differences; a step that leaves the bounds ends on them. Made for
/// predictions of a simulation, which are steps at close sight: choose FitParameter::step well above their
/// grain. Standard errors: from the Jacobian at the result, as if differences were independent. Source:
/// Nocedal and Wright, "Numerical Optimization", 2nd edition, section 10.3.
FitSummary least_squares(std::vector<FitParameter>& parameters, const Differences& differences,
                         const std::function<bool()>& go_on = {});

}  // namespace blkpath
