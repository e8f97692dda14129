/// The path as a graph: is it sound, which ways lead through it, and what bounds its throughput?
#pragma once
#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/core/error.hpp"
#include "model/core/stage.hpp"

namespace blkpath {

/// One stage as a scenario describes it. The instances of a group, spindle[0] to spindle[13], are nodes of
/// their own.
struct PathNode {
  std::string name;   ///< unique, e.g. "spindle[3]"
  std::string group;  ///< e.g. "spindle"
  std::string model;  ///< e.g. "disk"
  Layer layer = Layer::workload;
  bool leaf = false;  ///< nothing stands below it
  Place place;
  std::vector<std::string> next;                              ///< names of the stages below
  double max_iops = std::numeric_limits<double>::infinity();  ///< in I/Os of the workloads
};

/// An upper bound on throughput, and where it comes from.
struct Bound {
  double iops = std::numeric_limits<double>::infinity();
  /// Groups that together hold the flow back, in the order of the path: "link", "spindle (14)" when all 14
  /// instances do, "spindle (2 of 14)" when two do. Empty when nothing bounds the flow.
  std::vector<std::string> bottleneck;
  std::vector<std::size_t> cut;  ///< the same, as nodes
};

/// A validated path: acyclic, every stage reached from a workload, every way ends in a leaf.
class PathGraph {
 public:
  /// @throws ConfigError  a name given twice or unknown, a cycle, a dead end, a leaf with something below, an
  ///                      impossible order, an unreachable stage, a way too deep for a request's route
  explicit PathGraph(std::vector<PathNode> nodes);

  const std::vector<PathNode>& nodes() const { return nodes_; }
  /// Index of the node called `name`. @throws std::out_of_range
  std::size_t index(const std::string& name) const;
  /// Nodes above come before nodes below.
  const std::vector<std::size_t>& order() const { return order_; }
  /// The most stages that a request can pass, the workload and the leaf included.
  std::size_t depth() const { return depth_; }
  /// All ways from one node down to another, each as its nodes from top to bottom, in the order of `next`.
  /// Their number is the product of the choices along the way.
  std::vector<std::vector<std::size_t>> routes(std::size_t from, std::size_t to) const;

  /// What a stage can carry is often known only once it is built.
  void set_max_iops(std::size_t node, double iops) { nodes_[node].max_iops = iops; }
  /// Most I/Os per second that can flow from the workloads to the leaves when every stage carries at most its
  /// max_iops and may spread over the stages below in any proportion. Queueing and caches are left out, so a
  /// simulation of a path without caches stays below it as far as the stages' own figures are bounds.
  /// Source: max-flow min-cut (Ford & Fulkerson 1956), vertices split; Edmonds & Karp 1972.
  Bound max_flow() const;

  /// Graphviz: one box for each group, with its count and bound; the bottleneck is coloured.
  std::string dot() const;

 private:
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

  void connect();
  void check_cycles() const;
  void check_hops() const;
  void check_reachable() const;
  void check_depth();
  [[noreturn]] void fail(std::size_t node, const std::string& key, const std::string& problem) const;

  std::vector<PathNode> nodes_;
  Graph graph_;
  std::unordered_map<std::string, std::size_t> index_;  ///< by name
  std::vector<std::size_t> order_;
  std::size_t depth_ = 0;
};

}  // namespace blkpath
