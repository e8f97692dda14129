// PathGraph's throughput bound and the picture that shows it.
#include <fmt/format.h>

#include <boost/graph/edmonds_karp_max_flow.hpp>
#include <cmath>
#include <map>
#include <stdexcept>

#include "model/path_graph.hpp"

namespace blkpath {
namespace {

using Units = std::int64_t;

/// Every node of the path becomes two vertices, `in` and `out`, joined by an edge that carries its capacity.
/// Capacities are integers, so that the cut is exact: a power of two turns I/Os per second into units.
class FlowNetwork {
  struct EdgeData;
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  using Edge = Traits::edge_descriptor;
  struct EdgeData {
    Units capacity = 0, residual = 0;
    Edge reverse;
  };
  using Graph =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, EdgeData>;

 public:
  /// Above the sum of all finite capacities, and so small that a thousand workloads may have it.
  static constexpr Units kUnlimited = Units{1} << 52;

  explicit FlowNetwork(const std::vector<PathNode>& nodes) : graph_(2 * nodes.size() + 2) {
    double sum = 1;
    for (const PathNode& node : nodes) {
      if (!(node.max_iops >= 0))
        throw std::invalid_argument(fmt::format("{}: max_iops is {}", node.name, node.max_iops));
      if (std::isfinite(node.max_iops)) sum += node.max_iops;
    }
    const double scale = std::exp2(50 - std::ceil(std::log2(sum)));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const double iops = nodes[i].max_iops;
      join(in(i), out(i), std::isfinite(iops) ? std::llround(iops * scale) : kUnlimited);
      if (nodes[i].layer == Layer::workload) join(source(), in(i), kUnlimited);
      if (nodes[i].leaf) join(out(i), sink(), kUnlimited);
    }
  }
  void connect(std::size_t above, std::size_t below) { join(out(above), in(below), kUnlimited); }

  /// @return the maximum flow; at or above kUnlimited when nothing bounds it
  Units solve() {
    color_.assign(num_vertices(graph_), boost::white_color);
    std::vector<Edge> above(num_vertices(graph_));
    const auto vertex = get(boost::vertex_index, graph_);
    return boost::edmonds_karp_max_flow(graph_, source(), sink(), get(&EdgeData::capacity, graph_),
                                        get(&EdgeData::residual, graph_), get(&EdgeData::reverse, graph_),
                                        boost::make_iterator_property_map(color_.begin(), vertex),
                                        boost::make_iterator_property_map(above.begin(), vertex));
  }
  /// After solve(): does the node hold the flow back? More could flow to it, but no more through it.
  bool cut(std::size_t node) const { return reached(in(node)) && !reached(out(node)); }

 private:
  static std::size_t in(std::size_t node) { return 2 * node + 2; }
  static std::size_t out(std::size_t node) { return 2 * node + 3; }
  static std::size_t source() { return 0; }
  static std::size_t sink() { return 1; }
  void join(std::size_t from, std::size_t to, Units capacity) {
    const Edge there = add_edge(from, to, graph_).first, back = add_edge(to, from, graph_).first;
    graph_[there] = {capacity, 0, back};
    graph_[back] = {0, 0, there};
  }
  bool reached(std::size_t vertex) const { return color_[vertex] != boost::white_color; }

  Graph graph_;
  std::vector<boost::default_color_type> color_;  ///< by the last search, which did not find the sink
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out + '"';
}

/// 14285.7 -> "14,286"; two digits are enough below ten.
std::string iops_text(double iops) {
  if (iops < 10) return fmt::format("{:.2g}", iops);
  const std::string digits = fmt::format("{:.0f}", iops);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

}  // namespace

Bound PathGraph::max_flow() const {
  FlowNetwork network(nodes_);
  for (const auto e : make_iterator_range(edges(graph_)))
    network.connect(source(e, graph_), target(e, graph_));
  Bound bound;
  if (network.solve() >= FlowNetwork::kUnlimited) return bound;
  std::map<std::string, std::size_t> instances, cut;
  for (const PathNode& node : nodes_) ++instances[node.group];
  std::vector<std::string> groups;
  double sum = 0;
  for (const std::size_t v : order_)
    if (network.cut(v)) {
      sum += nodes_[v].max_iops;
      bound.cut.push_back(v);
      if (cut[nodes_[v].group]++ == 0) groups.push_back(nodes_[v].group);
    }
  bound.iops = sum;
  for (const std::string& group : groups) {
    const std::size_t all = instances[group], some = cut[group];
    bound.bottleneck.push_back(all == 1      ? group
                               : some == all ? fmt::format("{} ({})", group, all)
                                             : fmt::format("{} ({} of {})", group, some, all));
  }
  return bound;
}

std::string PathGraph::dot() const {
  struct Group {
    std::size_t count = 0;
    double iops = 0;
    bool bottleneck = false;
    const PathNode* first = nullptr;
  };
  std::map<std::string, Group> groups;
  std::vector<std::string> names;  // of groups, from top to bottom
  std::map<std::pair<std::string, std::string>, std::size_t> hops;
  for (const std::size_t v : order_) {
    Group& group = groups[nodes_[v].group];
    if (group.count++ == 0) {
      group.first = &nodes_[v];
      names.push_back(nodes_[v].group);
    }
    group.iops += nodes_[v].max_iops;
    for (const auto e : make_iterator_range(out_edges(v, graph_)))
      ++hops[{nodes_[v].group, nodes_[target(e, graph_)].group}];
  }
  const Bound bound = max_flow();
  for (const std::size_t v : bound.cut) groups[nodes_[v].group].bottleneck = true;

  std::string out = "digraph path {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  out += "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  if (!bound.cut.empty())
    out += fmt::format("  label=\"at most {} I/Os per second\"; fontname=\"sans-serif\";\n",
                       iops_text(bound.iops));
  for (const std::string& name : names) {
    const Group& g = groups[name];
    std::string label = g.count > 1 ? fmt::format("{} ({})", name, g.count) : name;
    label += fmt::format("\n{}: {}", to_string(g.first->layer), g.first->model);
    if (std::isfinite(g.iops)) label += fmt::format("\nup to {} IOPS", iops_text(g.iops));
    out += fmt::format("  {} [label={}{}];\n", quoted(name), quoted(label),
                       g.bottleneck ? ", style=filled, fillcolor=\"#f4a582\"" : "");
  }
  for (const auto& [hop, count] : hops)
    out += fmt::format("  {} -> {} [label=\"{}\"];\n", quoted(hop.first), quoted(hop.second),
                       count == 1 ? "1 hop" : fmt::format("{} hops", count));
  return out + "}\n";
}

}  // namespace blkpath
