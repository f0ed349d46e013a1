using RlCore.Trainers.Inputs;

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
        double theta = keys.Number(ConfigKey.RopeTheta, DefaultTheta);
        if ((keys.Object(ConfigKey.RopeParameters) ?? keys.Object(ConfigKey.RopeScaling)) is not { } rope)
        {
            return (theta, new RotaryScaling.None());
        }

        theta = rope.Number(ConfigKey.RopeTheta, theta);
        rope.Require("partial_rotary_factor", "1.0", "1.0", "1");
        RotaryScaling scaling = ReadScaling(rope, context);
        rope.Finish();
        return (theta, scaling);
    }

    private static RotaryScaling ReadScaling(ConfigKeys rope, int context)
    {
        string kind = rope.Text(ConfigKey.RopeType, rope.Text("type", "default"));
        rope.Skip(["type"]);
        switch (kind)
        {
            case "default":
                return new RotaryScaling.None();
            case "linear":
                return new RotaryScaling.Linear(rope.Number(ConfigKey.Factor));
            case "dynamic":
                // Angles change for sequences beyond max_position_embeddings alone, and there are none here.
                rope.Skip([ConfigKey.Factor, ConfigKey.OriginalMaxPositionEmbeddings]);
                return new RotaryScaling.None();
            case "llama3":
                return new RotaryScaling.Llama3(
                    rope.Number(ConfigKey.Factor),
                    rope.Number(ConfigKey.LowFrequencyFactor),
                    rope.Number(ConfigKey.HighFrequencyFactor),
                    rope.Count(ConfigKey.OriginalMaxPositionEmbeddings));
            case "yarn":
                return ReadYarn(rope, context);
            default:
                rope.Add(ConfigKey.RopeType, Characters.Quote(kind), "default, linear, dynamic, llama3 or yarn");
                return new RotaryScaling.None();
        }
    }

    private static RotaryScaling.Yarn ReadYarn(ConfigKeys rope, int context)
    {
        rope.Require("truncate", "true", "true");
        double factor = rope.Number(ConfigKey.Factor);
        double attention = rope.Has(ConfigKey.AttentionFactor) ? rope.Number(ConfigKey.AttentionFactor) : 0;
        if (rope.Has("mscale") && rope.Has("mscale_all_dim"))
        {
            double ratio = Magnitude(factor, rope.Number("mscale")) / Magnitude(factor, rope.Number("mscale_all_dim"));
            attention = attention > 0 ? attention : ratio;
        }

        rope.Skip(["mscale", "mscale_all_dim"]);
        return new RotaryScaling.Yarn(
            factor,
            rope.Count(ConfigKey.OriginalMaxPositionEmbeddings, context),
            rope.Number(ConfigKey.BetaFast, 32),
            rope.Number(ConfigKey.BetaSlow, 1),
            attention);
    }

    private static double Magnitude(double factor, double scale) => factor > 1 ? (0.1 * scale * Math.Log(factor)) + 1 : 1;
}
