"""What a screen painted is a proof of play."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("panels", "0002_playlists")]

    operations = [
        migrations.RemoveConstraint("painting", "painting_once_an_hour"),
        migrations.RenameModel("Painting", "ProofOfPlay"),
        migrations.AlterField(
            "proofofplay",
            "screen",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="proofs_of_play", to="panels.screen"
            ),
        ),
        migrations.AddConstraint(
            "proofofplay",
            models.UniqueConstraint(fields=("screen", "key", "text", "hour"), name="proof_once_an_hour"),
        ),
        migrations.RenameIndex("proofofplay", new_name="proof_by_key", old_name="painting_by_key"),
    ]
