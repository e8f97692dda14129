/// What stands at the top of a path and makes the requests.
#pragma once
#include <stdexcept>

#include "model/core/sim.hpp"

namespace blkpath {

class Workload : public Stage {
 public:
  /// Starts after `delay`.
  virtual void begin(Time delay) = 0;
  /// Issues no more and closes the statistics; what is in flight is forgotten when it returns.
  virtual void abandon() = 0;

  [[noreturn]] void submit(Slot) final { throw std::logic_error("nothing stands above a workload"); }
};

}  // namespace blkpath
