/// What may explain a device's cells: parameters to start from, and which of them to fit.
#pragma once
#include <string>
#include <vector>

#include "scenarios/fio_grid.hpp"
#include "scenarios/part.hpp"

namespace blkpath {

struct Mechanism {
  std::string name;
  ConfigMap params;                                       ///< over what is known already
  enum class Kind : std::uint8_t { time, table, share };  ///< in us; a table of one time; in [0, 1]
  struct Free {
    std::string name;
    double start = 0;
    Kind kind = Kind::time;
  };
  std::vector<Free> free;
  double handicap = 1;  ///< its misfit counts so many times: above 1 for what is hard to believe
};

/// "12us", "[[0, 12us]]" or "0.12".
ConfigValue value_of(Mechanism::Kind kind, double value, const Provenance& provenance);

/// Mechanisms for one direction.
/// @param shallow   the cells that may be looked at; one of them is 1 x 1
/// @param known     the device so far: what was given, and what the other direction showed
/// @param on        what it is fitted to, for the provenance
std::vector<Mechanism> mechanisms_of(const std::vector<GridCell>& shallow, const ConfigMap& known,
                                     const std::string& on);

}  // namespace blkpath
