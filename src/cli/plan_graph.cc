// `evener plan graph`: a plan or the pool as a picture.
#include <fmt/format.h>

#include "base/file.h"
#include "cli/plan_source.h"
#include "cli/plan_verb.h"
#include "views/plan_picture.h"

namespace evener {
namespace {

struct GraphOptions {
  PlanSourceFlags source;
  std::string format;
  std::string output;
};

Result<PlanPicture> picture_of(Session& session, const GraphOptions& options) {
  const PlanSource source =
      TRY(read_plan_source(session, options.source.file, options.source.format()));
  return plan_picture(
      source.plan.card.name.empty() ? source.name : source.plan.card.name,
      source.unfinished,
      source.plan.phases,
      source.plan.gates,
      source.plan.settings.value_or(PoolSettings{})
  );
}

ExitCode draw_plan(Session& session, const GraphOptions& options) {
  const Result<PlanPicture> picture = picture_of(session, options);
  if (!picture.ok()) return session.failed(picture.error());
  const std::string text = options.format == "svg"   ? plan_svg(*picture)
                           : options.format == "dot" ? plan_dot(*picture)
                                                     : plan_mermaid(*picture);
  JsonObject json{{"boxes", picture->boxes.size()}, {"lines", picture->lines.size()}};
  if (options.output.empty()) {
    json["text"] = text;
    return session.done(json, text);
  }
  const Status written = write_file_atomic(options.output, text, 0644);
  if (!written.ok()) return session.failed(written.error());
  json["file"] = options.output;
  return session.done(
      json,
      fmt::format(
          "drew {} boxes and {} lines into {}",
          picture->boxes.size(),
          picture->lines.size(),
          options.output
      )
  );
}

}  // namespace

Action add_plan_graph(CLI::App* part) {
  const auto options = std::make_shared<GraphOptions>();
  options->source.add_to(part);
  part->add_option("--format", options->format, "dot (Graphviz), mermaid or svg")
      ->check(CLI::IsMember({"dot", "mermaid", "svg"}))
      ->required();
  part->add_option("-o,--output", options->output, "Into this file")->type_name("FILE");
  return [options](Session& session) { return draw_plan(session, *options); };
}

}  // namespace evener
