#include "model/path_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <set>
#include <stdexcept>

namespace blkpath {
namespace {

std::string layers_in_order() {
  std::string all;
  for (int i = 0; i <= static_cast<int>(Layer::device); ++i)
    all.append(all.empty() ? "" : ", ").append(to_string(static_cast<Layer>(i)));
  return all;
}

/// "a workload", "an array"
std::string with_article(Layer layer) {
  const std::string_view name = to_string(layer);
  return fmt::format("{} {}", std::string_view("aeiou").find(name[0]) == std::string_view::npos ? "a" : "an",
                     name);
}

/// Remembers the way to the present vertex; the first edge that leads back to it closes a cycle.
struct CycleFinder : boost::default_dfs_visitor {
  std::vector<std::size_t>*way, *cycle;
  CycleFinder(std::vector<std::size_t>& w, std::vector<std::size_t>& c) : way(&w), cycle(&c) {}
  template <class Graph>
  void discover_vertex(std::size_t v, const Graph&) {
    way->push_back(v);
  }
  template <class Graph>
  void finish_vertex(std::size_t, const Graph&) {
    way->pop_back();
  }
  template <class Edge, class Graph>
  void back_edge(Edge e, const Graph& g) {
    if (!cycle->empty()) return;
    cycle->assign(std::find(way->begin(), way->end(), target(e, g)), way->end());
  }
};

}  // namespace

PathGraph::PathGraph(std::vector<PathNode> nodes) : nodes_(std::move(nodes)), graph_(nodes_.size()) {
  connect();
  check_cycles();
  boost::topological_sort(graph_, std::back_inserter(order_));
  std::reverse(order_.begin(), order_.end());
  check_hops();
  check_reachable();
  check_depth();
}

void PathGraph::fail(std::size_t node, const std::string& key, const std::string& problem) const {
  throw ConfigError(nodes_[node].place, nodes_[node].name + key, problem);
}

void PathGraph::connect() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto [first, is_new] = index_.emplace(nodes_[i].name, i);
    if (!is_new) fail(i, "", "the name is taken by the stage at " + nodes_[first->second].place.str());
    names.push_back(nodes_[i].name);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::set<std::string_view> seen;
    for (const std::string& next : nodes_[i].next) {
      const auto found = index_.find(next);
      if (found == index_.end())
        fail(i, ".to", fmt::format("there is no stage '{}'.{}", next, did_you_mean(next, names)));
      if (!seen.insert(next).second) fail(i, ".to", fmt::format("'{}' is named twice", next));
      add_edge(i, found->second, graph_);
    }
  }
}

void PathGraph::check_cycles() const {
  std::vector<std::size_t> way, cycle;
  boost::depth_first_search(graph_, boost::visitor(CycleFinder(way, cycle)));
  if (cycle.empty()) return;
  std::string names, places;
  for (const std::size_t v : cycle) {
    names += nodes_[v].name + " -> ";
    places += fmt::format("{}{} at {}", places.empty() ? "" : ", ", nodes_[v].name, nodes_[v].place.str());
  }
  fail(cycle.front(), ".to",
       fmt::format("the path runs in a circle, {}{} ({})", names, nodes_[cycle.front()].name, places));
}

void PathGraph::check_hops() const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const PathNode& node = nodes_[i];
    if (node.leaf && !node.next.empty())
      fail(i, ".to",
           fmt::format("nothing can stand below a leaf such as {}, but '{}' does", node.model, node.next[0]));
    if (!node.leaf && node.next.empty())
      fail(i, ".to",
           fmt::format("nothing stands below {}; a path ends in a leaf such as a disk", node.model));
    for (const auto e : make_iterator_range(out_edges(i, graph_))) {
      const PathNode& below = nodes_[target(e, graph_)];
      if (below.layer < node.layer)
        fail(i, ".to",
             fmt::format("{} ('{}') cannot stand above {} ('{}'); from the top the order is {}",
                         with_article(node.layer), node.name, with_article(below.layer), below.name,
                         layers_in_order()));
    }
  }
}

void PathGraph::check_reachable() const {
  std::vector<bool> reached(nodes_.size());
  std::size_t workloads = 0;
  for (const std::size_t v : order_) {
    if (nodes_[v].layer == Layer::workload) reached[v] = true, ++workloads;
    if (!reached[v]) continue;
    for (const auto e : make_iterator_range(out_edges(v, graph_))) reached[target(e, graph_)] = true;
  }
  if (workloads == 0)
    throw ConfigError(nodes_.empty() ? Place{} : nodes_.front().place, "", "the path has no workload");
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (!reached[i] && in_degree(i, graph_) == 0)  // an unreached stage has such a stage above it, or is one
      fail(i, "", "no workload reaches this stage: no stage above names it in `to`");
}

void PathGraph::check_depth() {
  std::vector<std::size_t> depth(nodes_.size(), 1);
  for (const std::size_t v : order_) {
    if (depth[v] > depth_) depth_ = depth[v];
    if (depth[v] > Request::kMaxDepth - 1)
      fail(
          v, "",
          fmt::format("this is stage {} from the top; a path may have {}", depth[v], Request::kMaxDepth - 1));
    for (const auto e : make_iterator_range(out_edges(v, graph_)))
      depth[target(e, graph_)] = std::max(depth[target(e, graph_)], depth[v] + 1);
  }
}

std::size_t PathGraph::index(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) throw std::out_of_range("no stage is called " + name);
  return found->second;
}

std::vector<std::vector<std::size_t>> PathGraph::routes(std::size_t from, std::size_t to) const {
  std::vector<bool> leads(nodes_.size());  // does a way to `to` go on from here?
  leads[to] = true;
  for (auto v = order_.rbegin(); v != order_.rend(); ++v)
    for (const auto e : make_iterator_range(out_edges(*v, graph_)))
      if (leads[target(e, graph_)]) leads[*v] = true;

  std::vector<std::vector<std::size_t>> found;
  std::vector<std::size_t> way;
  auto walk = [&](auto& self, std::size_t v) -> void {
    if (!leads[v]) return;
    way.push_back(v);
    if (v == to)
      found.push_back(way);
    else
      for (const auto e : make_iterator_range(out_edges(v, graph_))) self(self, target(e, graph_));
    way.pop_back();
  };
  walk(walk, from);
  return found;
}

}  // namespace blkpath
