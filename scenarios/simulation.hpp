/// Builds a scenario into a running simulation, and says what came out.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/sim.hpp"
#include "model/fio_run.hpp"
#include "model/path_graph.hpp"
#include "scenarios/scenario.hpp"

namespace blkpath {

/// Where time and processors went in one group of stages, per measured I/O.
struct StageResult {
  std::string name, model;
  Layer layer = Layer::workload;
  int instances = 1;
  std::int64_t visits = 0;  ///< requests that came down, parts and writeback included
  double queued_us = 0, service_us = 0, cpu_us = 0;
  double busy_percent = 0;  ///< of one server, mean over the instances
  std::vector<StatValue> stats;
};

struct StageParams {
  std::string stage, model;
  std::vector<ParamInfo> params;
};

/// What a job that replayed a trace says beyond its statistics.
struct ReplayResult {
  std::string job;
  ReplaySpec spec;
  ReplayStats stats;
};

struct Result {
  std::vector<JobSpec> specs;  ///< numjobs expanded
  std::vector<JobStats> jobs;
  std::vector<ReplayResult> replays;  ///< of those jobs that replayed a trace
  std::vector<StageResult> stages;    ///< in the order of the path
  std::vector<StageParams> params;
  Bound bound;
  std::vector<std::string> notes;  ///< of what came up in the run; the scenario has notes of its own
  double guest_cpu_us = 0, host_cpu_us = 0;  ///< per I/O
  Bytes at_risk{0};                          ///< acknowledged writes that a host crash at the end would lose
  Time simulated{0};
  std::uint64_t events = 0, seed = 0;
  bool interrupted = false;

  int count(Provenance::Kind kind) const;
};

class Simulation {
 public:
  /// @throws ConfigError when a parameter or the path does not make sense
  explicit Simulation(const Scenario& scenario);

  const PathGraph& graph() const { return *graph_; }
  Bound bound() const { return graph_->max_flow(); }
  const std::vector<StageParams>& params() const { return params_; }

  /// Runs to the end of the jobs. `progress` is called now and then with the simulated time and the I/Os
  /// done; when it returns false the jobs stop and what was completed is reported.
  /// @throws std::runtime_error naming simulated time, stage and seed when a model's invariant breaks
  Result run(const std::function<bool(Time, std::int64_t)>& progress = {});

 private:
  void build_stages();
  void connect();
  LoadShape load_shape() const;
  void set_span(LoadShape& load) const;
  LoadShape measured_shape() const;
  void set_bounds(const LoadShape& load);
  std::vector<StageResult> stage_results() const;
  std::vector<std::string> notes(const Result& result) const;

  Scenario scenario_;
  std::unique_ptr<Sim> sim_;
  std::unique_ptr<FioRun> fio_;
  std::unique_ptr<PathGraph> graph_;
  std::vector<StageParams> params_;
  std::vector<PathNode> nodes_;  ///< same order as ids_
  std::vector<StageId> ids_;
  Bytes lun_ = Luns::kUnlimited;  ///< the one that the jobs see, which may be larger than `size`
};

}  // namespace blkpath
