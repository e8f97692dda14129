/// A validation case: measured figures beside predicted ones. Knows no device; it is handed a function.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace blkpath {

/// One measured figure of a row and what was predicted for it.
struct FigureResult {
  std::string row, figure;
  double measured = 0, predicted = 0;
  bool fitted = false;  ///< a parameter was fitted to this very figure; everything else is a prediction
  double error_pct() const { return 100 * (predicted - measured) / measured; }
};

/// One parameter that was fitted, and to what.
struct FittedParameter {
  std::string parameter, value, fitted_to;
};

struct CaseRow {
  std::string name;
  std::string scenario;                     ///< path, relative to the case file's folder resolved
  std::map<std::string, double> measured;   ///< by figure
  std::vector<std::string> fitted;          ///< figures of this row that were fitted to
  std::map<std::string, double> predicted;  ///< by figure, once run
};

/// What a case file says.
struct ValidationCase {
  std::string name, file, description, source;
  std::vector<std::string> figures;  ///< order of the columns
  double mean_tolerance_pct = 0, max_tolerance_pct = 0;
  std::vector<CaseRow> rows;
  std::vector<FittedParameter> fitted_parameters;

  std::vector<FigureResult> results() const;
  double mean_abs_error_pct() const;
  double max_abs_error_pct() const;
  bool within_tolerance() const;
};

/// From a scenario's path to its figures by name.
using Predict = std::function<std::map<std::string, double>(const std::string& scenario)>;

/// Reads a case: a YAML file, or a folder that holds case.yaml.
/// @throws ConfigError
ValidationCase load_case(const std::string& path);

/// Fills in the predictions, row by row.
/// @throws std::runtime_error when `predict` does not know a figure
void run_case(ValidationCase& c, const Predict& predict);

/// rows x figures: measured, predicted, error %, with `*` at what was fitted.
std::string case_text(const ValidationCase& c);

}  // namespace blkpath
