namespace RlCore.Trainers.Models;

/// <summary>
/// Rotary positions in config.json: <c>rope_theta</c> and <c>rope_scaling</c>, or both in <c>rope_parameters</c>, as transformers 5 writes
/// them.
/// </summary>
internal static class RotaryConfig
{
    private const double DefaultTheta = 10_000;

    /// <summary>Reads base and scaling.</summary>
    /// <param name="keys">The keys of config.json.</param>
    /// <param name="context">The longest sequence, max_position_embeddings.</param>
    public static (double Theta, RotaryScaling Scaling) Read(ConfigKeys keys, int context)
    {
        double theta = keys.Number("rope_theta", DefaultTheta);
        if ((keys.Object("rope_parameters") ?? keys.Object("rope_scaling")) is not { } rope)
        {
            return (theta, new RotaryScaling.None());
        }

        theta = rope.Number("rope_theta", theta);
        rope.Require("partial_rotary_factor", "1.0", "1.0", "1");
        RotaryScaling scaling = ReadScaling(rope, context);
        rope.Finish();
        return (theta, scaling);
    }

    private static RotaryScaling ReadScaling(ConfigKeys rope, int context)
    {
        string kind = rope.Text("rope_type", rope.Text("type", "default"));
        rope.Skip(["type"]);
        switch (kind)
        {
            case "default":
                return new RotaryScaling.None();
            case "linear":
                return new RotaryScaling.Linear(rope.Number("factor"));
            case "dynamic":
                // Angles change for sequences beyond max_position_embeddings alone, and there are none here.
                rope.Skip(["factor", "original_max_position_embeddings"]);
                return new RotaryScaling.None();
            case "llama3":
                return new RotaryScaling.Llama3(
                    rope.Number("factor"),
                    rope.Number("low_freq_factor"),
                    rope.Number("high_freq_factor"),
                    rope.Count("original_max_position_embeddings"));
            case "yarn":
                return ReadYarn(rope, context);
            default:
                rope.Add("rope_type", $"\"{kind}\"", "default, linear, dynamic, llama3 or yarn");
                return new RotaryScaling.None();
        }
    }

    private static RotaryScaling.Yarn ReadYarn(ConfigKeys rope, int context)
    {
        rope.Require("truncate", "true", "true");
        double factor = rope.Number("factor");
        double attention = rope.Has("attention_factor") ? rope.Number("attention_factor") : 0;
        if (rope.Has("mscale") && rope.Has("mscale_all_dim"))
        {
            double ratio = Magnitude(factor, rope.Number("mscale")) / Magnitude(factor, rope.Number("mscale_all_dim"));
            attention = attention > 0 ? attention : ratio;
        }

        rope.Skip(["mscale", "mscale_all_dim"]);
        return new RotaryScaling.Yarn(
            factor,
            rope.Count("original_max_position_embeddings", context),
            rope.Number("beta_fast", 32),
            rope.Number("beta_slow", 1),
            attention);
    }

    private static double Magnitude(double factor, double scale) => factor > 1 ? (0.1 * scale * Math.Log(factor)) + 1 : 1;
}
