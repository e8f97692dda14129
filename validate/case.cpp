#include "validate/case.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "model/core/error.hpp"

namespace blkpath {
namespace {

Place place_of(const YAML::Node& node, const std::string& file) { return {file, node.Mark().line + 1}; }

const YAML::Node need(const YAML::Node& map, const char* key, const std::string& file, const char* example) {
  if (!map.IsMap())
    throw ConfigError(place_of(map, file), key,
                      fmt::format("keys are wanted here, for example '{}'", example));
  const YAML::Node node = map[key];
  if (!node)
    throw ConfigError(place_of(map, file), key, fmt::format("is missing, for example '{}'", example));
  return node;
}
const YAML::Node need_list(const YAML::Node& map, const char* key, const std::string& file,
                           const char* example) {
  const YAML::Node node = need(map, key, file, example);
  if (!node.IsSequence() || node.size() == 0)
    throw ConfigError(place_of(node, file), key, fmt::format("needs a list, for example '{}'", example));
  return node;
}
std::string need_word(const YAML::Node& map, const char* key, const std::string& file, const char* example) {
  const YAML::Node node = need(map, key, file, example);
  if (!node.IsScalar())
    throw ConfigError(place_of(node, file), key, fmt::format("needs one value, for example '{}'", example));
  return node.Scalar();
}
double positive(const YAML::Node& node, const std::string& file, const std::string& key) {
  double number = 0;
  const bool read = node.IsScalar() && YAML::convert<double>::decode(node, number);
  if (!read || !std::isfinite(number) || number <= 0)
    throw ConfigError(place_of(node, file), key,
                      fmt::format("'{}' is not a number above zero, for example '61.2'",
                                  node.IsScalar() ? node.Scalar() : ""));
  return number;
}
void check_keys(const YAML::Node& map, const std::string& file, const std::vector<std::string>& known) {
  for (const auto& entry : map)
    if (std::find(known.begin(), known.end(), entry.first.Scalar()) == known.end())
      throw ConfigError(place_of(entry.first, file), entry.first.Scalar(),
                        "unknown key." + did_you_mean(entry.first.Scalar(), known));
}
/// A figure that is not in the list would be left out of the table without a word.
void check_figure(const YAML::Node& node, const std::string& file, const std::string& key,
                  const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), node.Scalar()) == known.end())
    throw ConfigError(place_of(node, file), key,
                      fmt::format("'{}' is not one of {}.{}", node.Scalar(), fmt::join(known, ", "),
                                  did_you_mean(node.Scalar(), known)));
}

CaseRow read_row(const YAML::Node& node, const std::string& file, const std::vector<std::string>& figures) {
  CaseRow row;
  row.name = need_word(node, "row", file, "row: bare metal random");
  check_keys(node, file, {"row", "scenario", "measured", "fitted"});
  const auto scenario =
      std::filesystem::path(file).parent_path() / need_word(node, "scenario", file, "scenario: x.yaml");
  row.scenario = scenario.lexically_normal().string();
  if (!std::filesystem::is_regular_file(scenario))
    throw ConfigError(place_of(node["scenario"], file), "scenario",
                      fmt::format("there is no file '{}'", row.scenario));
  const YAML::Node measured = need(node, "measured", file, "measured: {clat_ms: 19.59}");
  if (!measured.IsMap() || measured.size() == 0)
    throw ConfigError(place_of(measured, file), "measured",
                      "needs figures, for example 'measured: {clat_ms: 19.59}'");
  std::vector<std::string> names;
  for (const auto& figure : measured) {
    check_figure(figure.first, file, "measured", figures);
    names.push_back(figure.first.Scalar());
    row.measured[names.back()] = positive(figure.second, file, names.back());
  }
  if (const YAML::Node fitted = node["fitted"]) {
    for (const YAML::Node& figure : need_list(node, "fitted", file, "fitted: [bw_mb]")) {
      check_figure(figure, file, "fitted", names);
      row.fitted.push_back(figure.Scalar());
    }
  }
  return row;
}

}  // namespace

std::vector<FigureResult> ValidationCase::results() const {
  std::vector<FigureResult> all;
  for (const CaseRow& row : rows)
    for (const std::string& figure : figures) {
      const auto measured = row.measured.find(figure);
      const auto predicted = row.predicted.find(figure);
      if (measured == row.measured.end() || predicted == row.predicted.end()) continue;
      const bool fitted = std::find(row.fitted.begin(), row.fitted.end(), figure) != row.fitted.end();
      all.push_back({row.name, figure, measured->second, predicted->second, fitted});
    }
  return all;
}
double ValidationCase::mean_abs_error_pct() const {
  const auto all = results();
  double sum = 0;
  for (const FigureResult& r : all) sum += std::abs(r.error_pct());
  return all.empty() ? 0 : sum / static_cast<double>(all.size());
}
double ValidationCase::max_abs_error_pct() const {
  double most = 0;
  for (const FigureResult& r : results()) most = std::max(most, std::abs(r.error_pct()));
  return most;
}
bool ValidationCase::within_tolerance() const {
  return mean_abs_error_pct() <= mean_tolerance_pct && max_abs_error_pct() <= max_tolerance_pct;
}

ValidationCase load_case(const std::string& path) {
  ValidationCase c;
  c.file = std::filesystem::is_directory(path) ? (std::filesystem::path(path) / "case.yaml").string() : path;
  if (!std::filesystem::is_regular_file(c.file))
    throw ConfigError({}, "CASE", fmt::format("there is no case file '{}'", c.file));
  YAML::Node root;
  try {
    root = YAML::LoadFile(c.file);
  } catch (const YAML::Exception& e) {
    throw ConfigError({c.file, e.mark.line + 1}, "", "not YAML: " + e.msg);
  }
  if (!root.IsMap()) throw ConfigError({c.file, 1}, "", "a case is a map of keys, for example 'rows: [...]'");
  check_keys(root, c.file,
             {"name", "description", "source", "figures", "tolerance", "rows", "fitted_parameters"});
  c.name = need_word(root, "name", c.file, "name: qemu-aio-2008");
  if (root["description"])
    c.description = need_word(root, "description", c.file, "description: one sentence");
  if (root["source"]) c.source = need_word(root, "source", c.file, "source: paper, page, table");
  for (const YAML::Node& figure : need_list(root, "figures", c.file, "figures: [bw_mb, clat_ms]"))
    c.figures.push_back(figure.Scalar());
  const YAML::Node tolerance =
      need(root, "tolerance", c.file, "tolerance: {mean_abs_error_pct: 10, max_abs_error_pct: 25}");
  const auto limit = [&](const char* key, const char* example) {
    return positive(need(tolerance, key, c.file, example), c.file, key);
  };
  c.mean_tolerance_pct = limit("mean_abs_error_pct", "mean_abs_error_pct: 10");
  c.max_tolerance_pct = limit("max_abs_error_pct", "max_abs_error_pct: 25");
  check_keys(tolerance, c.file, {"mean_abs_error_pct", "max_abs_error_pct"});
  for (const YAML::Node& node :
       need_list(root, "rows", c.file, "rows: [{row: ..., scenario: ..., measured: ...}]")) {
    CaseRow row = read_row(node, c.file, c.figures);
    for (const CaseRow& other : c.rows)
      if (other.name == row.name)
        throw ConfigError(place_of(node, c.file), "row",
                          fmt::format("there is a row '{}' already", row.name));
    c.rows.push_back(std::move(row));
  }
  if (root["fitted_parameters"])
    for (const YAML::Node& f : need_list(root, "fitted_parameters", c.file,
                                         "fitted_parameters: [{parameter: ..., value: ..., to: ...}]"))
      c.fitted_parameters.push_back({need_word(f, "parameter", c.file, "parameter: link.turnaround"),
                                     need_word(f, "value", c.file, "value: 9us"),
                                     need_word(f, "to", c.file, "to: bare metal sequential, bw_mb")});
  return c;
}

void run_case(ValidationCase& c, const Predict& predict) {
  for (CaseRow& row : c.rows) {
    row.predicted = predict(row.scenario);
    for (const auto& [figure, value] : row.measured)
      if (!row.predicted.contains(figure)) {
        std::vector<std::string> known;
        for (const auto& [name, ignored] : row.predicted) known.push_back(name);
        throw std::runtime_error(fmt::format("{}: row '{}': no figure is called '{}'; there are {}", c.file,
                                             row.name, figure, fmt::join(known, ", ")));
      }
  }
}

std::string case_text(const ValidationCase& c) {
  std::string out = fmt::format("{}: {}\n", c.name, c.description);
  std::size_t width = 4;
  for (const CaseRow& row : c.rows) width = std::max(width, row.name.size());
  out += fmt::format("\n{:<{}}", "", width);
  for (const std::string& figure : c.figures) out += fmt::format(" | {:^32}", figure);
  out += fmt::format("\n{:<{}}", "row", width);
  for (std::size_t i = 0; i < c.figures.size(); ++i)
    out += fmt::format(" | {:>10} {:>10} {:>10}", "measured", "predicted", "error %");
  out += "\n" + std::string(width + c.figures.size() * 35, '-') + "\n";
  const auto results = c.results();
  for (const CaseRow& row : c.rows) {
    out += fmt::format("{:<{}}", row.name, width);
    for (const std::string& figure : c.figures) {
      const auto r = std::find_if(results.begin(), results.end(), [&](const FigureResult& one) {
        return one.row == row.name && one.figure == figure;
      });
      out += r == results.end() ? fmt::format(" | {:>32}", "")
                                : fmt::format(" | {:>10.2f} {:>10.2f} {:>+9.1f}{}", r->measured, r->predicted,
                                              r->error_pct(), r->fitted ? "*" : " ");
    }
    out.resize(out.find_last_not_of(' ') + 1);
    out += "\n";
  }
  out += fmt::format(
      "\nmean |error| {:.1f} % (tolerance {:g}), largest {:.1f} % (tolerance {:g}) over {} figures: {}\n",
      c.mean_abs_error_pct(), c.mean_tolerance_pct, c.max_abs_error_pct(), c.max_tolerance_pct,
      results.size(), c.within_tolerance() ? "within" : "OUTSIDE");
  if (!c.fitted_parameters.empty())
    out += "\nfitted (* marks the figures they were fitted to; all others are predictions):\n";
  for (const FittedParameter& f : c.fitted_parameters)
    out += fmt::format("  {:<28} {:<10} {}\n", f.parameter, f.value, f.fitted_to);
  return out;
}

}  // namespace blkpath
