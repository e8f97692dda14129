/// Does the path have what its stages and its jobs address?
#pragma once
#include <span>

#include "model/core/sim.hpp"
#include "model/path_graph.hpp"
#include "scenarios/scenario.hpp"

namespace blkpath {

/// Asks every stage, from the bottom up, which LUNs it offers, and compares the one that the jobs see with
/// the scenario's `size`.
/// @param ids  of graph.nodes(), in the same order, wired
/// @return     bytes of the LUN that the jobs see; the smallest one, if they see several
/// @throws     ConfigError  a stage addresses more LUNs than there are below it, or bytes beyond their end;
/// the
///                          disk is smaller than `size`
Bytes check_addresses(const PathGraph& graph, const Sim& sim, std::span<const StageId> ids,
                      const Scenario& scenario);

}  // namespace blkpath
