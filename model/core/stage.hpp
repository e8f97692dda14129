/// What stands on the path: the interface of every model.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/core/request.hpp"
#include "model/core/units.hpp"

namespace blkpath {

class Sim;
class Stage;

/// Where on the path a model may stand. A hop goes from one layer to the same or a deeper one.
enum class Layer : std::uint8_t {
  workload,
  guest,
  bus,
  emulator,
  image,
  aio,
  cache,
  volume,
  block,
  hba,
  fabric,
  array,
  device
};
std::string_view to_string(Layer layer);

/// What a stage is asked to estimate a bound for: the mean request that reaches it.
struct LoadShape {
  double read_fraction = 0;
  double block_size = 4096;  ///< bytes
  bool random = true;
  /// Each offset is uniform over the span, whatever the one before was, and nothing above changes the order.
  bool scattered = false;
  double span_begin = 0, span = 1;  ///< the part of the LUN that is used, as fractions of its size
  double per_io = 1;                ///< requests that reach the stage for each I/O of the jobs
};

/// What a stage can be addressed by: LUNs, told apart by a request's target.
struct Luns {
  static constexpr Bytes kUnlimited{std::numeric_limits<std::int64_t>::max()};

  std::int64_t count = 1;
  Bytes each = kUnlimited;         ///< size of one
  const Stage* offerer = nullptr;  ///< the stage that decides this, which may stand some stages below

  /// Refuses to address more LUNs than there are.
  /// @param parameter  what says how many are addressed; `good` is a value that would do
  /// @throws ParameterError
  void require(std::int64_t addressed, const std::string& parameter, const std::string& good) const;
  /// The size of one LUN behind its first `start` bytes. @throws ParameterError, of `parameter`
  Bytes behind(Bytes start, const std::string& parameter) const;
};
/// What `members` of `each` bytes hold together when whole chunks are dealt to them in turn.
Bytes striped_size(Bytes each, Bytes chunk, std::int64_t members);

/// One statistic that a model reports beside its times.
struct StatValue {
  std::string_view name, unit, sentence;
  double value = 0;
};

/// A model in the path. A request comes down through `submit`, goes on with `Sim::down` or turns round with
/// `Sim::up`; on its way back it passes `complete`. What a stage does later it does in `on_event`.
///
/// `submitted` is the second thing that comes back up: the call that submitted the request has returned, and
/// whoever was blocked in it may go on, while the request itself is still below. Submission latency is made
/// of it. Whoever was waiting for `submitted` or `complete` may send down the next request before they
/// return: a stage that calls them has brought its own state up to date.
class Stage {
 public:
  virtual ~Stage() = default;

  virtual void submit(Slot s) = 0;
  virtual void submitted(Slot s, int level);
  virtual void complete(Slot s);
  /// The event of slot `s` (a request that this stage holds, or one of its timers) is due.
  virtual void on_event(Slot s) = 0;

  /// Called once, when all stages are wired.
  virtual void start() {}
  /// The LUNs that this stage offers to those above.
  /// @param below  what each of next() offers; at least one entry unless this is a leaf
  /// @throws std::invalid_argument when they are not what this stage addresses; ParameterError when it knows
  ///         which parameter is at fault
  virtual Luns luns(std::span<const Luns> below) const;
  /// Requests per second that this stage can carry at most when it gets nothing but `load`.
  virtual double max_iops(const LoadShape& load) const;
  /// The load of the stages below when `load` reaches this one.
  virtual LoadShape passed_down(const LoadShape& load) const { return load; }
  virtual std::vector<StatValue> stats() const { return {}; }
  /// Bytes that are acknowledged but would be lost in a host crash now.
  virtual Bytes at_risk() const { return Bytes{0}; }

  StageId id() const { return id_; }
  const std::string& name() const { return name_; }
  std::span<const StageId> next() const { return next_; }
  Time cpu() const { return cpu_; }
  std::int64_t visits() const { return visits_; }
  Time busy() const { return busy_; }

 protected:
  Sim& sim() const { return *sim_; }
  StageId below(std::size_t i = 0) const { return next_[i]; }

  Time cpu_{0};              ///< processor time spent in this stage
  Time busy_{0};             ///< server time, all servers added
  std::int64_t visits_ = 0;  ///< requests that came down

 private:
  friend class Sim;
  Sim* sim_ = nullptr;
  StageId id_ = kNoStage;
  std::uint32_t bucket_ = 0;
  std::string name_;
  std::vector<StageId> next_;
};

}  // namespace blkpath
