/// For tests: scenarios from text, what they come to, and why one is refused.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scenarios/fio_json.hpp"
#include "scenarios/report.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/simulation.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {

/// One disk behind a Fibre Channel HBA.
inline constexpr const char* kPath =
    "path:\n"
    "  block: {model: block_queue}\n"
    "  hba: {model: hba}\n"
    "  link: {model: fc_link}\n"
    "  shelf: {model: enclosure, level: jbod}\n"
    "  spindle: {model: disk}\n";

/// In a folder of its own, where each scenario is x.yaml.
class ScenarioTest : public ::testing::Test {
 protected:
  Scenario load(const std::string& text, Overrides overrides = {}) {
    if (overrides.fio_args.empty()) overrides.fio_args = fio_args_;
    return load_scenario(folder_.write("x.yaml", text), overrides);
  }
  Result run(const std::string& text, const Overrides& overrides = {}) {
    return Simulation(load(text, overrides)).run();
  }
  /// As `blkpath run` prints it.
  std::string json(const std::string& text, const Overrides& overrides = {}) {
    const Scenario scenario = load(text, overrides);
    const Result result = Simulation(scenario).run();
    auto document = fio_json(fio_report(scenario, result), true);
    document["blkpath"] = report_json(scenario, result);
    return document.dump();
  }
  /// What `f` is refused with, without the folder's name.
  template <class F>
  std::string refusal_of(F&& f) const {
    std::string message = error_of(f);
    for (std::size_t at; (at = message.find(folder_.path() + "/")) != std::string::npos;)
      message.erase(at, folder_.path().size() + 1);
    return message;
  }

  std::vector<std::string> fio_args_;  ///< the job of scenarios for which no other is given
  TempFolder folder_;
};

}  // namespace blkpath
