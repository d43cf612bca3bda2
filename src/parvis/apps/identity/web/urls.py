"""Sign-in URLs under /staff/: the allauth views in use, and our own."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path, re_path

from parvis.apps.identity.web import views

urlpatterns = [
    path("", views.first_screen, name="staff_home"),
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("login/<str:username>/", views.enter_as_sample, name="staff_sample"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("reauthenticate/sample/", views.ConfirmAsSample.as_view(), name="staff_sample_again"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", factor.index, name="mfa_index"),
    path("2fa/code/", views.GiveCode.as_view(), name="mfa_authenticate"),
    path("2fa/again/", views.GiveCodeAgain.as_view(), name="mfa_reauthenticate"),
    path("2fa/app/", views.SetUpFactor.as_view(), name="mfa_activate_totp"),
    path("2fa/app/replace/", views.ReplaceFactor.as_view(), name="mfa_deactivate_totp"),
    path("2fa/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
